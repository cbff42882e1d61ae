"""The page of one application."""

from dataclasses import dataclass
from urllib.parse import quote

from flask import render_template

from authserver.browser.server import settings
from authserver.models import client_secrets
from authserver.models.clients import Client
from authserver.pages.settings import once
from authserver.pages.settings.forms import AppChangeForm


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret as its owner may see it again."""

    id: str
    hint: str
    created_at: int
    expires_at: int | None


def address_of(client: Client) -> str:
    """Where the page is."""
    return f"/settings/apps/{quote(client.client_id, safe='')}"


def detail_page(client: Client, form: AppChangeForm) -> str:
    """The client as it is stored, and the form as it was filled in."""
    alive = client_secrets.alive(client.client_id)
    secrets = [SecretRow(one.id, f"cs_...{one.hint}", one.created_at, one.expires_at) for one in alive]
    return render_template(
        "settings/app.html",
        client=client,
        form=form,
        secrets=secrets,
        nonce=once.nonce(),
        issuer=settings().issuer,
    )
