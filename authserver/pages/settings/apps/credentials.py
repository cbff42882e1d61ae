"""`/settings/apps/<client_id>/credentials`: at most two secrets, so that a change needs no pause (CA10)."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.models import client_secrets
from authserver.models.client_secrets import ClientSecret
from authserver.models.clients import Client
from authserver.oauth import clients
from authserver.pages.settings import once, words
from authserver.pages.settings.apps import keys
from authserver.pages.settings.apps.frame import address_of, page
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("credentials", __name__)
TAB = "credentials"
FORM = "secret_form"
OVERLAPS = {"now": 0, "1h": 3600, "24h": 86400, "7d": 7 * 86400}


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret as its owner may see it again. `ago` is None before the first use."""

    id: str
    hint: str
    created_at: int
    last_used_at: int | None
    ago: str | None
    address: str | None
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """Two secrets, of which one takes the place of the other. `in_use`: the old one was used since then."""

    old: SecretRow
    in_use: bool


@blueprint.get("/settings/apps/<client_id>/credentials")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    if not client.has_secret:
        return keys.shown(client)
    rows = [_row(secret) for secret in client_secrets.alive(client.client_id)]
    return page(client, TAB, secrets=rows, change=_change(rows), nonce=once.nonce())


@blueprint.post("/settings/apps/<client_id>/credentials")
@login_required
def add(client_id: str) -> ResponseReturnValue:
    client, actor = own_client(client_id), identity.account().id
    overlap = OVERLAPS.get(request.form.get("overlap", "now"))
    if overlap is None:
        abort(400, "Choose when the present secret ends.")
    if not client.has_secret:
        abort(400, "This application proves itself without a secret.")
    if not once.first(FORM, request.form.get("nonce"), user_id=actor):
        flash("The new secret was shown already; no further one was made.", "info")
        return redirect(address_of(client, TAB), 303)
    replaced = client_secrets.alive(client.client_id)
    secret = clients.add_secret(client, overlap=overlap, actor=actor)
    ends = clock.now() + overlap if replaced and overlap else None
    return secret_page(client, secret, then=TAB, old_expires_at=ends)


@blueprint.post("/settings/apps/<client_id>/credentials/<secret_id>/end")
@login_required
def end(client_id: str, secret_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    if not clients.revoke_secret(client, secret_id, actor=identity.account().id):
        abort(404)
    flash("The secret has stopped working.", "success")
    return redirect(address_of(client, TAB), 303)


def secret_page(client: Client, secret: str, *, then: str, old_expires_at: int | None = None) -> str:
    """The answer that shows a new secret, and only this one: a redirect would have to keep it somewhere.

    `then` is the tab that follows.
    """
    return render_template(
        "settings/app_secret.html",
        client=client,
        secret=secret,
        page=address_of(client, then),
        issuer=settings().issuer,
        old_expires_at=old_expires_at,
    )


def _row(secret: ClientSecret) -> SecretRow:
    used = secret.last_used_at
    ago = None if used is None else words.since(used)
    hint = f"cs_...{secret.hint}"
    return SecretRow(secret.id, hint, secret.created_at, used, ago, secret.last_used_from, secret.expires_at)


def _change(rows: list[SecretRow]) -> Change | None:
    ending = [row for row in rows if row.expires_at is not None]
    if not ending or len(rows) < 2:
        return None
    old, newest = ending[0], max(row.created_at for row in rows)
    return Change(old, in_use=old.last_used_at is not None and old.last_used_at > newest)
