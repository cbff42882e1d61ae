"""The first tab of an application, over HTTP: names and addresses to copy, and its state."""

import re
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.models import clients
from tests.factories import make_client, make_resource_server, within
from tests.pages.settings.apps.requests import request_of
from tests.pages.settings.developers import MakeDeveloper, page_of
from tests.pages.settings.keys import text_of

if TYPE_CHECKING:
    from authserver.composition import House


def copied(page: str) -> dict[str, str]:
    """Id -> value of every field with a copy button."""
    return dict(re.findall(r'<input class="input mono" id="([^"]+)" value="([^"]*)"', page))


def tabs_of(page: str) -> list[str]:
    nav = page.partition('aria-label="Parts of the application"')[2].partition("</nav>")[0]
    return re.findall(r">([^<]+)</a>", nav)


def test_IJ1_addresses_are_those_of_the_configured_issuer(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, client_name="<i>Tours</i>")
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Cookie": f"sid={at.cookie('sid')}"}
    page = app.test_client(use_cookies=False).get(page_of(client), headers=forged).text
    assert "evil.example" not in page
    assert "<i>Tours" not in page
    issuer = house.settings.issuer
    assert copied(page) == {
        "client-id": client.client_id,
        "issuer": issuer,
        "authorization-endpoint": f"{issuer}/authorize",
        "token-endpoint": f"{issuer}/token",
        "userinfo-endpoint": f"{issuer}/userinfo",
        "revocation-endpoint": f"{issuer}/revoke",
        "jwks-uri": f"{issuer}/.well-known/jwks.json",
    }


def test_each_type_has_the_tabs_and_addresses_that_it_needs(developer: MakeDeveloper, house: "House") -> None:
    at = developer(is_admin=True)
    every = ["Overview", "Redirect URIs", "Credentials", "Scopes", "Requests", "Code", "Settings", "Advanced"]
    web, machine = make_client(house)[0], make_client(house, type="machine")[0]
    api, _ = make_resource_server(house)
    pages = {client.client_id: at.get(page_of(client)).text for client in (web, machine, api)}
    assert tabs_of(pages[web.client_id]) == every
    assert tabs_of(pages[machine.client_id]) == [tab for tab in every if tab != "Redirect URIs"]
    assert tabs_of(pages[api.client_id]) == [tab for tab in every if tab not in ("Redirect URIs", "Scopes")]
    assert "introspection-endpoint" in copied(pages[api.client_id])
    assert "authorization-endpoint" not in copied(pages[machine.client_id])
    assert api.audience is not None
    assert api.audience in pages[api.client_id]


def test_a_tab_that_does_not_fit_says_why(developer: MakeDeveloper, house: "House") -> None:
    at = developer(is_admin=True)
    machine, _ = make_client(house, type="machine")
    api, _ = make_resource_server(house)
    assert "signs nobody in" in at.get(page_of(machine, "/redirects")).text
    assert "has no scopes of its own" in at.get(page_of(api, "/scopes")).text


def test_the_state_tells_use_and_disabling(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    assert "Not used yet" in at.get(page_of(client)).text
    request_of(house, client, ago=7200)
    assert "Last request 2 hours ago" in text_of(at.get(page_of(client)).text)
    with within(house):
        clients.change(client.client_id, disabled_at=1795500000)
    page = text_of(at.get(page_of(client, "/code")).text)
    assert "Disabled by an administrator on 24 Nov 2026" in page


@pytest.mark.parametrize("kind", ["spa", "native"])
def test_a_public_application_proves_itself_by_pkce_alone(developer: MakeDeveloper, house: "House", kind: str) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, type=kind)
    assert "PKCE alone; it has no secret" in at.get(page_of(client)).text
