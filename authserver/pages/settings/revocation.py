"""`/settings/api-keys/<id>/revoke`: the end of a key; of one that is in use only with its name typed."""

from flask import Blueprint, abort, flash, redirect, request
from flask.typing import ResponseReturnValue

from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.oauth import api_keys
from authserver.pages.settings import words
from authserver.pages.settings.key_page import key_page, needs_name
from authserver.pages.settings.ownership import own_key

blueprint = Blueprint("revocation", __name__)


@blueprint.post("/settings/api-keys/<key_id>/revoke")
@login_required
def revoke(key_id: str) -> ResponseReturnValue:
    key = own_key(key_id)
    because, typed = request.form.get("reason", "owner"), request.form.get("confirm", "")
    if because not in words.CHOICES:
        abort(400, "Choose one of the reasons.")
    if needs_name(key) and typed.split() != key.name.split():
        return key_page(key, typed=typed), 400
    if api_keys.revoke(key, actor=identity.account().id, because=because):
        flash(f"The key {key.name} has stopped working.", "success")
    else:
        flash(f"The key {key.name} was revoked before.", "info")
    return redirect("/settings/api-keys", 303)
