"""`/settings/apps/<client_id>/redirects`: where people may be sent, and from where scripts may ask."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.browser.server import fetcher
from authserver.oauth import clients
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings.apps import sheet
from authserver.pages.settings.apps.frame import address_of, page, say_saved, signs_people_in
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("redirects", __name__)
TAB = "redirects"


@blueprint.get("/settings/apps/<client_id>/redirects")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    return page(client, TAB, sheet=sheet.stored(client) if signs_people_in(client) else None)


@blueprint.post("/settings/apps/<client_id>/redirects")
@csrf.checked_by_form
@login_required
def change(client_id: str) -> ResponseReturnValue:
    """Every button saves what stands there; that of a row leaves the row out."""
    client, gone = own_client(client_id), request.form.get("remove")
    typed = sheet.sent(request.form)
    if not typed.form.validate():
        return page(client, TAB, sheet=typed), 400
    if not signs_people_in(client):
        return page(client, TAB, sheet=None), 400
    judged = sheet.checked(typed, kind=client.type, without=gone)
    if judged.errors:
        return page(client, TAB, sheet=judged), 400
    user = identity.account()
    try:
        changed = clients.change(
            client, judged.values(without=gone), privileged=user.is_admin, actor=user.id, fetcher=fetcher()
        )
    except OAuth2Error as error:
        flash(f"Nothing was changed. {error.description}", "error")
        return page(client, TAB, sheet=judged), 400
    say_saved(client, changed)
    return redirect(address_of(client, TAB), 303)
