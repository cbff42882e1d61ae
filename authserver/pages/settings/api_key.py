"""`/settings/api-keys/<id>`: one key; change it, rotate it with an overlap, end the overlap (AK6)."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.accounts.registration import Problem
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.models import api_keys as stored_keys
from authserver.oauth import api_keys
from authserver.oauth.api_keys import ApiKeyError, Change
from authserver.pages.settings import once
from authserver.pages.settings.forms import ApiKeyChangeForm, lines
from authserver.pages.settings.key_page import address_of, key_page
from authserver.pages.settings.ownership import own_key

blueprint = Blueprint("api_key", __name__)
FORM = "api_key_rotation"
OVERLAPS = {"now": 0, "1h": 3600, "24h": 86400, "7d": 7 * 86400}


@blueprint.get("/settings/api-keys/<key_id>")
@login_required
def show(key_id: str) -> ResponseReturnValue:
    return key_page(own_key(key_id))


@blueprint.post("/settings/api-keys/<key_id>")
@csrf.checked_by_form
@login_required
def change(key_id: str) -> ResponseReturnValue:
    key, form = own_key(key_id), ApiKeyChangeForm()
    if not form.validate():
        return key_page(key, form), 400
    wanted = Change(name=form.name.data, note=form.note.data or "", ip_allow=tuple(lines(form.ip_allow.data)))
    try:
        api_keys.change(key, wanted, actor=identity.account().id)
    except ApiKeyError as error:
        form.show([Problem("name" if error.field == "key" else error.field, error.message)])
        return key_page(key, form), 400
    flash("Your changes are saved.", "success")
    return redirect(address_of(key), 303)


@blueprint.post("/settings/api-keys/<key_id>/rotate")
@login_required
def rotate(key_id: str) -> ResponseReturnValue:
    key, user = own_key(key_id), identity.account()
    overlap = OVERLAPS.get(request.form.get("overlap", "now"))
    if overlap is None:
        abort(400, "Choose when the present key ends.")
    if not once.first(FORM, request.form.get("nonce"), user_id=user.id):
        return render_template("settings/api_key_shown.html")
    try:
        created = api_keys.rotate(key, overlap=overlap, actor=user.id)
    except ApiKeyError as error:
        flash(f"Nothing was rotated. {error.message}", "error")
        return key_page(key), 409
    row = created.row
    return render_template(
        "settings/api_key_created.html",
        key=created.key,
        name=row.name,
        environment=row.environment,
        scopes=row.scope,
        expires_at=row.expires_at,
        issuer=settings().issuer,
        page=address_of(row),
        old_hint=key.hint,
        old_expires_at=_end(key.expires_at, clock.now() + overlap) if overlap else None,
    )


@blueprint.post("/settings/api-keys/<key_id>/end-overlap")
@login_required
def end_overlap(key_id: str) -> ResponseReturnValue:
    key = own_key(key_id)
    successor = stored_keys.successor(key.id)
    if successor is None:
        abort(404)
    if api_keys.revoke(key, actor=identity.account().id, because="rotated"):
        flash(f"The old key {key.hint} has stopped working.", "success")
    else:
        flash(f"The old key {key.hint} had stopped working before.", "info")
    return redirect(address_of(successor), 303)


def _end(before: int | None, wanted: int) -> int:
    return wanted if before is None else min(before, wanted)
