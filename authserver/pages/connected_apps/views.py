"""`/account/apps`: who has access, and taking back one scope of it or all (RF8). Each asks before it acts."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import languages
from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.segments import segment
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.languages import ngettext
from authserver.models.scopes import Scope
from authserver.oauth import withdrawal
from authserver.oauth.introspection import CACHE_TTL
from authserver.pages.connected_apps import connections
from authserver.pages.connected_apps.connections import Connection
from authserver.pages.connected_apps.live_tokens import LiveTokens

blueprint = Blueprint("connected_apps", __name__)


@blueprint.get("/account/apps")
@login_required
def show() -> ResponseReturnValue:
    apps = connections.of_user(identity.account(), access_token_ttl=settings().access_token_ttl)
    return render_template("account/apps.html", apps=apps)


@blueprint.get("/account/apps/<client_id>")
@login_required
def show_one(client_id: str) -> ResponseReturnValue:
    return render_template("account/app.html", app=_found(client_id))


@blueprint.post("/account/apps/<client_id>/revoke")
@login_required
def revoke(client_id: str) -> ResponseReturnValue:
    user, app = identity.account(), _found(client_id)
    if not withdrawal.withdraw(user_id=user.id, client_id=client_id, actor=user.id):
        abort(404)  # somebody was faster
    _report(app, _("%(app)s has no access any more.", app=app.name), app.live, ended=True)
    return redirect("/account/apps", 303)


@blueprint.get("/account/apps/<client_id>/scope")
@login_required
def ask_about_scope(client_id: str) -> ResponseReturnValue:
    app = _found(client_id)
    scope = _scope(app, request.args.get("scope", ""))
    return render_template("account/app_scope.html", app=app, scope=scope, live=_carrying(app, scope))


@blueprint.post("/account/apps/<client_id>/scope")
@login_required
def revoke_scope(client_id: str) -> ResponseReturnValue:
    user, app = identity.account(), _found(client_id)
    scope = _scope(app, request.form.get("scope", ""))
    live = app.live if app.is_last(scope.name) else _carrying(app, scope)
    if not withdrawal.withdraw_scope(scope.name, user_id=user.id, client_id=client_id, actor=user.id):
        abort(404)
    if connections.find(user, client_id, access_token_ttl=settings().access_token_ttl) is None:
        _report(app, _("%(app)s has no access any more.", app=app.name), live, ended=True)
        return redirect("/account/apps", 303)
    what = scope.description or scope.name
    _report(app, _("%(app)s may do this no longer: %(what)s.", app=app.name, what=what), live, ended=False)
    return redirect(f"/account/apps/{segment(client_id)}", 303)


def _found(client_id: str) -> Connection:
    """What another person has allowed is as absent as what is not there (AD1)."""
    found = connections.find(identity.account(), client_id, access_token_ttl=settings().access_token_ttl)
    if found is None:
        abort(404)
    return found


def _scope(app: Connection, name: str) -> Scope:
    found = app.scope(name)
    if found is None:
        abort(404)
    return found


def _carrying(app: Connection, scope: Scope) -> LiveTokens:
    ttl = settings().access_token_ttl
    return connections.carrying(identity.account(), app.client_id, scope.name, access_token_ttl=ttl)


def _report(app: Connection, says: str, live: LiveTokens, *, ended: bool) -> None:
    """What has really happened, and where it may take a moment."""
    flash(says, "success")
    if not live.number:
        return
    flash(" ".join((_stopped(live) if ended else _narrowed(live), _late(app, live))), "info")


def _stopped(live: LiveTokens) -> str:
    count = live.number
    if live.exact:
        return ngettext("%(count)s token stopped working.", "%(count)s tokens stopped working.", count, count=count)
    return ngettext(
        "At least %(count)s token stopped working.", "At least %(count)s tokens stopped working.", count, count=count
    )


def _narrowed(live: LiveTokens) -> str:
    count = live.number
    if live.exact:
        return ngettext("%(count)s token lost it at once.", "%(count)s tokens lost it at once.", count, count=count)
    return ngettext(
        "At least %(count)s token lost it at once.", "At least %(count)s tokens lost it at once.", count, count=count
    )


def _late(app: Connection, live: LiveTokens) -> str:
    remembered = languages.duration(CACHE_TTL)
    if app.format != "jwt" or live.exact:
        return _("APIs that remember answers may take up to %(time)s.", time=remembered)
    return _(
        "APIs that ask here and remember the answer may take up to %(remembered)s, and APIs that never ask "
        "until the token ends by itself, within %(life)s.",
        remembered=remembered,
        life=languages.duration(settings().access_token_ttl),
    )
