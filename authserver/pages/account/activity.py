"""`/account/activity`: what happened to the account, newest first, and "this was not me" for what somebody else did."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from authserver.accounts.sessions import SignedIn
from authserver.browser import identity, listing
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.languages import lazy
from authserver.models import audit_events
from authserver.models.audit_events import AuditEvent, Wanted
from authserver.models.listing import Place
from authserver.pages.account import disputes
from authserver.pages.account.sentences import KINDS, SHOWN, Narrator

blueprint = Blueprint("activity", __name__)

PATH = "/account/activity"
ALL = "all"
NAMES = {
    ALL: lazy("All"),
    "sign-ins": lazy("Sign-ins"),
    "apps": lazy("Apps"),
    "keys": lazy("API keys"),
    "changes": lazy("Changes"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One event for its owner. `current`: the sign-in of this very browser."""

    id: str
    at: int
    sentence: Markup
    current: bool
    disputable: bool


@blueprint.get(PATH)
@login_required
def show() -> ResponseReturnValue:
    kind, own, narrator = _kind(), _signed_in(), Narrator()
    wanted = Wanted(tags=KINDS.get(kind, SHOWN), user_id=own.user.id)
    found = audit_events.search(wanted, listing.part(("show",)))
    page = listing.shown(found, lambda event: Place(event.at, event.id))
    return render_template(
        "account/activity.html",
        events=[_told(event, own, narrator) for event in page.items],
        tabs=[(name, PATH if name == ALL else f"{PATH}?show={name}", text) for name, text in NAMES.items()],
        kind=kind,
        page=page,
    )


@blueprint.get(f"{PATH}/<event_id>")
@login_required
def ask(event_id: str) -> ResponseReturnValue:
    event, own, narrator = _disputed(event_id), _signed_in(), Narrator()
    return render_template(
        "account/not_me.html",
        event=_told(event, own, narrator),
        outcome=disputes.outcome(event, narrator),
        by_mail=event.tag in disputes.NEW_PASSWORD,
    )


@blueprint.post(f"{PATH}/<event_id>")
@login_required
def dispute(event_id: str) -> ResponseReturnValue:
    own = _signed_in()
    if disputes.act(settings(), own, _disputed(event_id), visitor=identity.visitor()):
        says = _("Everybody else is signed out. A link to choose a new password is on its way to %(address)s.")
        flash(says % {"address": own.user.email}, "success")
    else:
        flash(_("Everybody else is signed out. Choose a new password now."), "success")
    return redirect("/account/security#password", 303)


def _kind() -> str:
    kind = request.args.get("show", ALL)
    if kind not in NAMES:
        abort(400, _("This list cannot be asked for that."))
    return kind


def _disputed(event_id: str) -> AuditEvent:
    """An event of this account about which that can be said; all others are as absent as none (AD1)."""
    own = _signed_in()
    event = audit_events.find(event_id, user_id=own.user.id)
    if event is None or not disputes.can_be_disputed(event, own):
        abort(404)
    return event


def _told(event: AuditEvent, own: SignedIn, narrator: Narrator) -> Happened:
    current = event.tag in disputes.SIGNED_IN and event.details.get("sid") == own.session.sid
    return Happened(event.id, event.at, narrator.tell(event), current, disputes.can_be_disputed(event, own))


def _signed_in() -> SignedIn:
    found = identity.signed_in()
    assert found is not None  # login_required
    return found
