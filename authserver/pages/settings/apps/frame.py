"""The page of one application: its address, its tabs, and what they all show."""

from flask import flash, render_template

from authserver.browser.segments import segment
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
    "advanced": "Advanced",
}


def address_of(client: Client, tab: str = OVERVIEW) -> str:
    """Where a tab is."""
    here = f"/settings/apps/{segment(client.client_id)}"
    return here if tab == OVERVIEW else f"{here}/{tab}"


def signs_people_in(client: Client) -> bool:
    """Whether it sends people here and gets them back."""
    return "authorization_code" in client.grant_types


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
        with_secret=client.has_secret,
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
