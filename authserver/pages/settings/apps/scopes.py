"""`/settings/apps/<client_id>/scopes`: what an application may ask people, or this server, for."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from authserver.accounts.registration import Problem
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.models.clients import Client
from authserver.models.scopes import Scope
from authserver.oauth import clients, scopes
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings.apps import frame, metadata
from authserver.pages.settings.apps.forms import CHOSEN, OPEN, ScopesForm
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("scopes", __name__)
TAB = "scopes"


@blueprint.get("/settings/apps/<client_id>/scopes")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    return _page(client, ScopesForm(data=_values(client)))


@blueprint.post("/settings/apps/<client_id>/scopes")
@csrf.checked_by_form
@login_required
def change(client_id: str) -> ResponseReturnValue:
    user, client, form = identity.account(), own_client(client_id), ScopesForm()
    if not form.validate():
        return _page(client, form), 400
    chosen = _chosen(form)
    if (wrong := _fault(client, form, chosen, privileged=user.is_admin)) is not None:
        form.show([Problem("scopes", wrong)])
        return _page(client, form), 400
    document = {"scope": scopes.join(chosen), "allow_scope_deselect": form.allow_scope_deselect.data}
    try:
        clients.change(client, document, privileged=user.is_admin, actor=user.id)
    except OAuth2Error as error:
        form.show([Problem("scopes", error.description)])
        return _page(client, form), 400
    flash("Your changes are saved.", "success")
    return redirect(frame.address_of(client, TAB), 303)


def _values(client: Client) -> dict[str, object]:
    return {
        "which": CHOSEN if client.scope else OPEN,
        "scopes": client.scope.split(),
        "allow_scope_deselect": client.allow_scope_deselect,
    }


def _chosen(form: ScopesForm) -> list[str]:
    """In the order in which people see them; what nobody knows stays at the end, to be refused."""
    if form.which.data == OPEN:
        return []
    wanted = list(dict.fromkeys(form.scopes.data or ()))
    known = [scope.name for scope in scopes.known() if scope.name in wanted]
    return known + [name for name in wanted if name not in known]


def _fault(client: Client, form: ScopesForm, chosen: list[str], *, privileged: bool) -> str | None:
    if form.which.data == CHOSEN and not chosen:
        return "Choose at least one scope."
    added = [name for name in chosen if name not in client.scope.split()]
    return metadata.fault("scope", scopes.join(added), kind=client.type, privileged=privileged)


def _page(client: Client, form: ScopesForm) -> str:
    groups = scopes.by_kind(_offered(client))
    return frame.page(client, TAB, form=form, groups=groups, asks=frame.asks_for_scopes(client))


def _offered(client: Client) -> list[Scope]:
    """What this person may let it ask for, with what it may ask for already; a machine has nobody to sign in."""
    own, before = scopes.own(identity.account()), client.scope.split()
    known = {scope.name: scope for scope in [*own, *(one for one in scopes.known() if one.name in before)]}
    useless = () if frame.signs_people_in(client) else scopes.OPENID_SCOPES
    offered = [scope for scope in known.values() if scope.name in before or scope.name not in useless]
    return sorted(offered, key=lambda scope: (scope.position, scope.name))
