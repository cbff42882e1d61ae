"""The page of one application: its address, its tabs, and what they all show."""

from urllib.parse import quote

from flask import flash, render_template

from authserver.browser.server import settings
from authserver.models.clients import Client

OVERVIEW = "overview"
#: Id of a tab, also the last part of its address -> its text.
TABS = {
    OVERVIEW: "Overview",
    "redirects": "Redirect URIs",
    "credentials": "Credentials",
    "scopes": "Scopes",
    "requests": "Requests",
    "code": "Code",
    "settings": "Settings",
}


def address_of(client: Client, tab: str = OVERVIEW) -> str:
    """Where a tab is."""
    here = f"/settings/apps/{quote(client.client_id, safe='')}"
    return here if tab == OVERVIEW else f"{here}/{tab}"


def signs_people_in(client: Client) -> bool:
    """Whether it sends people here and gets them back."""
    return "authorization_code" in client.grant_types


def has_secret(client: Client) -> bool:
    """Whether it proves itself by a secret: others do so by PKCE alone, or by a key of their own."""
    return client.token_endpoint_auth_method in ("client_secret_basic", "client_secret_post")


def asks_for_scopes(client: Client) -> bool:
    """Whether it gets tokens at all: a resource server only looks at those of others."""
    return bool(client.grant_types)


def page(client: Client, tab: str, **context: object) -> str:
    """The tab, drawn."""
    return render_template(
        f"settings/app/{tab}.html",
        client=client,
        address=address_of(client),
        tab=tab,
        tabs=[(name, address_of(client, name), text) for name, text in TABS.items() if _fits(client, name)],
        people=signs_people_in(client),
        with_secret=has_secret(client),
        issuer=settings().issuer,
        **context,
    )


def say_saved(before: Client, after: Client) -> None:
    """Say that a change is kept, and what it has cost."""
    flash("Your changes are saved.", "success")
    if before.verified_at is not None and after.verified_at is None:
        flash("The application is no longer verified: an administrator has to look at it again.", "info")


def _fits(client: Client, tab: str) -> bool:
    if tab == "redirects":
        return signs_people_in(client)
    return asks_for_scopes(client) if tab == "scopes" else True
