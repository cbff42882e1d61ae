"""`/settings/api-keys/<id>/revoke`: the end of a key; of one that is in use only with its name typed."""

from flask import Blueprint, abort, flash, redirect, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.models.api_keys import ApiKey
from authserver.oauth import api_keys
from authserver.pages.settings import words
from authserver.pages.settings.key_page import key_page
from authserver.pages.settings.ownership import own_key

blueprint = Blueprint("revocation", __name__)
LATELY = 86400


@blueprint.post("/settings/api-keys/<key_id>/revoke")
@login_required
def revoke(key_id: str) -> ResponseReturnValue:
    key = own_key(key_id)
    because, typed = request.form.get("reason", "owner"), request.form.get("confirm", "")
    if because not in words.CHOICES:
        abort(400, "Choose one of the reasons.")
    if needs_name(key) and typed.split() != key.name.split():
        return key_page(key, guarded=True, typed=typed), 400
    if api_keys.revoke(key, actor=identity.account().id, because=because):
        flash(f"The key {key.name} has stopped working.", "success")
    else:
        flash(f"The key {key.name} was revoked before.", "info")
    return redirect("/settings/api-keys", 303)


def needs_name(key: ApiKey) -> bool:
    """Whether something real breaks when it ends: a live key that was used lately."""
    used = key.last_used_at is not None and key.last_used_at > clock.now() - LATELY
    return used and key.environment == "live" and api_keys.state(key) == "live"
