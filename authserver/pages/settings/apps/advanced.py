"""`/settings/apps/<client_id>/advanced`: further metadata of an application, and all of it as it stands (RFC 7591)."""

import json
from typing import Any

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.browser.server import fetcher
from authserver.models import client_secrets
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import clients
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings.apps import advanced_document
from authserver.pages.settings.apps.forms import AdvancedForm
from authserver.pages.settings.apps.frame import address_of, page, say_saved
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("advanced", __name__)
TAB = "advanced"


@blueprint.get("/settings/apps/<client_id>/advanced")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    return _page(client, advanced_document.form_of(client))


@blueprint.post("/settings/apps/<client_id>/advanced")
@csrf.checked_by_form
@login_required
def change(client_id: str) -> ResponseReturnValue:
    user, client = identity.account(), own_client(client_id)
    form = advanced_document.form_of(client)
    if not form.validate():
        return _page(client, form), 400
    document, wrong = advanced_document.of(form, client)
    if wrong:
        form.show(wrong)
        return _page(client, form), 400
    try:
        changed = _changed(client, document, user)
    except OAuth2Error as error:
        form.show(advanced_document.problems(document, client, error))
        return _page(client, form), 400
    say_saved(client, changed)
    if changed.has_secret and not client_secrets.alive(client.client_id):
        flash("It has no secret yet: make one under Credentials.", "info")
    return redirect(address_of(client, TAB), 303)


def _changed(client: Client, document: dict[str, Any], user: User) -> Client:
    if not document:
        return client
    return clients.change(client, document, privileged=user.is_admin, actor=user.id, fetcher=fetcher())


def _page(client: Client, form: AdvancedForm) -> str:
    return page(client, TAB, form=form, metadata=_readable(clients.document(client)))


def _readable(document: dict[str, object]) -> str:
    """JSON for people; what they would not see, or what would move the text around it, as an escape."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)
