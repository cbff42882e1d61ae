"""The page for an authorization that cannot go on as it is: what has happened, and the one click that helps."""

from flask import render_template, request

from authserver.browser import cookies, headers, transaction
from authserver.browser.transaction import Remains
from authserver.models.clients import Client
from authserver.oauth import redirect_uri
from authserver.oauth.restart import Standing
from authserver.pages.authorize.forms import RequestForm
from authserver.traces import Cause, of_client, refused

UNKNOWN = "unknown"


def page(request_id: str | None = None) -> str:
    """For the request that this page was about. Its form leads to the application, like all of an authorization."""
    headers.within_authorization()
    form = RequestForm()
    came_back = request_id is None  # whoever brings a request_uri may be here for the first time, without cookies
    request_id = request_id or request.values.get("req", "")
    found = transaction.remains(request_id)
    _note(found)
    return render_template(
        "authorize/stale.html",
        form=form,
        req=request_id,
        username=form.username.data,
        no_cookies=came_back and cookies.none_came(),
        **_told(found),
    )


def _note(found: Remains | None) -> None:
    """At `/authorize` this is how the request ends, and its trace tells that to the owner of the application."""
    if found is not None:
        of_client(found.client.client_id)
        says = f"The stored request cannot go on here: {found.standing.value}."
        refused("invalid_request", says, Cause("request_stale", "Stored request", says))


def _told(found: Remains | None) -> dict[str, object]:
    if found is None:
        return {"standing": UNKNOWN, "app": None}
    target = str(found.request.parameters.get("redirect_uri", ""))
    return {
        "standing": found.standing.value,
        "restartable": found.restartable,
        "decided": found.standing is Standing.OPEN and found.request.decision is not None,
        "app": found.client.name,
        "environment": _environment(found.client),
        "home": found.client.details.get("client_uri"),
        "redirect_kind": redirect_uri.kind(target),
        "redirect_host": redirect_uri.destination(target),
    }


def _environment(client: Client) -> str:
    return "test" if client.environment == "test" else "live"
