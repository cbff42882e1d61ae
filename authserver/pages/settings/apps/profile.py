"""`/settings/apps/<client_id>/settings`: what people see of an application, and its end."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from authserver.accounts.registration import Problem
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.models.clients import Client
from authserver.oauth import clients
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings.apps import metadata
from authserver.pages.settings.apps.forms import RESOURCE_SERVER, ResourceServerForm, SettingsForm, SigningInForm
from authserver.pages.settings.apps.frame import address_of, page, say_saved, signs_people_in
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("profile", __name__)
TAB = "settings"


@blueprint.get("/settings/apps/<client_id>/settings")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    return page(client, TAB, form=_form(client)(data=metadata.settings_of(client)))


@blueprint.post("/settings/apps/<client_id>/settings")
@csrf.checked_by_form
@login_required
def change(client_id: str) -> ResponseReturnValue:
    user, client = identity.account(), own_client(client_id)
    form = _form(client)()
    if not form.validate():
        return page(client, TAB, form=form), 400
    document = metadata.of_settings(form)
    has = client.redirect_uris
    if wrong := metadata.problems(document, kind=client.type, privileged=user.is_admin, redirect_uris=has):
        form.show(wrong)
        return page(client, TAB, form=form), 400
    try:
        changed = clients.change(client, document, privileged=user.is_admin, actor=user.id)
    except OAuth2Error as error:
        form.show([Problem("name", error.description)])
        return page(client, TAB, form=form), 400
    say_saved(client, changed)
    return redirect(address_of(client, TAB), 303)


@blueprint.post("/settings/apps/<client_id>/delete")
@login_required
def delete(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    if request.form.get("confirm", "").split() != client.name.split():
        kept = _form(client)(formdata=None, data=metadata.settings_of(client))
        wrong = "Nothing was deleted: type the name exactly as it stands there."
        return page(client, TAB, form=kept, not_deleted=wrong, typed=request.form.get("confirm", "")), 400
    clients.remove(client, actor=identity.account().id)
    flash(f"{client.name} is deleted. Its tokens have stopped working.", "success")
    return redirect("/settings/apps", 303)


def _form(client: Client) -> type[SettingsForm]:
    if signs_people_in(client):
        return SigningInForm
    return ResourceServerForm if client.type == RESOURCE_SERVER and identity.account().is_admin else SettingsForm
