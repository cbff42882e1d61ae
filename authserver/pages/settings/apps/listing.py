"""`/settings/apps`: one's applications; for administrators those of all."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.models import clients
from authserver.models.clients import Client
from authserver.pages.settings import cursors, words
from authserver.pages.settings.apps.activity import last_requests
from authserver.pages.settings.apps.frame import address_of

blueprint = Blueprint("apps", __name__)
ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class AppRow:
    """An application in the list; `ago` is None while it has not been heard of."""

    client: Client
    href: str
    last_at: int | None
    ago: str | None


@blueprint.get("/settings/apps")
@login_required
def show_all() -> ResponseReturnValue:
    user, after = identity.account(), cursors.read(request.args.get("after"))
    owner = None if user.is_admin else user.id
    found = clients.every(owner_id=owner, after=after, limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    last = last_requests(client.client_id for client in shown)
    return render_template(
        "settings/apps.html",
        apps=[_row(client, last.get(client.client_id)) for client in shown],
        newest="/settings/apps" if after else None,
        older=_older(shown[-1]) if len(found) > ON_A_PAGE else None,
    )


def _row(client: Client, last_at: int | None) -> AppRow:
    return AppRow(client, address_of(client), last_at, None if last_at is None else words.since(last_at))


def _older(client: Client) -> str:
    return f"/settings/apps?after={cursors.after(client.created_at, client.client_id)}"
