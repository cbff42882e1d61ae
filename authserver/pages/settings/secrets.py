"""`/settings/apps/<client_id>/secrets`: a new secret, with time to change over, and the end of an old one (CA10)."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.models import client_secrets
from authserver.oauth import clients
from authserver.pages.settings import once
from authserver.pages.settings.detail import address_of
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("secrets", __name__)
FORM = "secret_form"
OVERLAPS = {"now": 0, "1h": 3600, "24h": 86400, "7d": 7 * 86400}


@blueprint.post("/settings/apps/<client_id>/secrets")
@login_required
def add(client_id: str) -> ResponseReturnValue:
    client, actor = own_client(client_id), identity.account().id
    overlap = OVERLAPS.get(request.form.get("overlap", "now"))
    if overlap is None:
        abort(400, "Choose when the present secret ends.")
    if client.public:
        abort(400, "This application has no secret; it proves itself with PKCE.")
    if not once.first(FORM, request.form.get("nonce"), user_id=actor):
        flash("The new secret was shown already; no further one was made.", "info")
        return redirect(address_of(client), 303)
    replaced = client_secrets.alive(client.client_id)
    secret = clients.add_secret(client, overlap=overlap, actor=actor)
    return render_template(
        "settings/app_secret.html",
        client=client,
        secret=secret,
        issuer=settings().issuer,
        old_expires_at=clock.now() + overlap if replaced and overlap else None,
    )


@blueprint.post("/settings/apps/<client_id>/secrets/<secret_id>/revoke")
@login_required
def revoke(client_id: str, secret_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    if not clients.revoke_secret(client, secret_id, actor=identity.account().id):
        abort(404)
    flash("The secret has stopped working.", "success")
    return redirect(address_of(client), 303)
