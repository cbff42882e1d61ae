"""The setup check of an application, over HTTP: good, bad or not seen, and where to read more."""

import html
import re
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.factories import make_client, make_resource_server
from tests.pages.settings.apps.requests import check, request_of
from tests.pages.settings.developers import Developer, MakeDeveloper, page_of
from tests.pages.settings.keys import text_of
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.models.clients import Client

PKCE, STATE, AUTHORIZE = check("PKCE", True, "S256"), check("State", True, "Sent."), {"endpoint": "authorize"}
ROTATED = check("Refresh token", True)
Lights = dict[str, str]


def lights(at: Developer, client: "Client") -> Lights:
    """What is checked -> its light."""
    part = at.get(page_of(client)).text.partition('id="setup"')[2].partition("</ul>")[0]
    return {
        html.unescape(name): light for name, light in re.findall(r"<b>([^<]+)</b> <span [^>]+>([^<]+)</span>", part)
    }


def test_nothing_was_seen_of_a_new_one(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    assert lights(at, client) == {
        "PKCE is used": "Not seen yet",
        "A state is sent": "Not seen yet",
        "Refresh tokens are rotated": "Not seen yet",
        "Redirect URIs are encrypted": "Good",
        "No secret in a URL": "Not seen yet",
        "Latest requests": "Not seen yet",
    }


def test_everything_leads_to_a_page_that_is_there(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    for kind in ("web", "spa", "native", "machine"):
        client, _ = make_client(house, owner=at.user, type=kind)
        part = at.get(page_of(client)).text.partition('id="setup"')[2].partition("</ul>")[0]
        links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', part)]
        assert len(links) == len(lights(at, client))
        for link in links:
            path, _, anchor = link.partition("#")
            answer = at.get(path)
            assert answer.status_code == 200, link
            assert not anchor or f'id="{anchor}"' in answer.text, link


def test_all_is_good_when_it_is(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    request_of(house, client, PKCE, STATE, **AUTHORIZE)
    request_of(house, client, ROTATED)
    assert set(lights(at, client).values()) == {"Good"}


@pytest.mark.parametrize(
    ("name", "request_", "says"),
    [
        ("PKCE is used", {"checks": [check("PKCE", True, "Not used; this client may leave it out.")]}, "a stolen code"),
        ("PKCE is used", {"checks": [check("PKCE", False, "x")], "error": "invalid_request"}, "a stolen code"),
        ("A state is sent", {"checks": [PKCE, check("State", True, "Not sent.")]}, "it could be somebody else’s"),
        (
            "Refresh tokens are rotated",
            {"checks": [ROTATED], "endpoint": "token", "error": "invalid_grant", "cause": "refresh_token_reused"},
            "An old one was used again",
        ),
        ("No secret in a URL", {"checks": [check("Secret in the address", True)]}, "logs"),
        ("No secret in a URL", {"checks": [], "error": "invalid_request", "cause": "parameters_in_query"}, "logs"),
        ("Latest requests", {"checks": [], "error": "invalid_scope"}, "The last error was invalid_scope"),
    ],
)
def test_what_is_bad_leads_to_the_request(
    developer: MakeDeveloper, house: "House", name: str, request_: dict, says: str
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    request_of(house, client, ROTATED, ago=60)
    request_of(house, client, PKCE, STATE, **AUTHORIZE, ago=60)
    assert lights(at, client)[name] == "Good"
    request = {**AUTHORIZE, **request_}
    trace = request_of(house, client, *request.pop("checks"), **request)
    assert lights(at, client)[name] == "Look at this"
    part = at.get(page_of(client)).text.partition(f"<b>{name}")[2].partition("</li>")[0]
    assert says in html.unescape(part)
    assert f'href="/explain/{trace}"' in part


def test_an_error_of_before_is_told_but_no_worry(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    request_of(house, client, error="invalid_grant", ago=7200)
    request_of(house, client)
    assert lights(at, client)["Latest requests"] == "Good"
    page = text_of(at.get(page_of(client)).text)
    assert "The last error was invalid_grant, 2 hours ago. It worked since then." in page


@pytest.mark.parametrize(
    ("kind", "uris", "light"),
    [
        ("web", ["https://a.example/cb"], "Good"),
        ("web", ["http://localhost:3000/cb"], "Not seen yet"),
        ("web", ["https://a.example/cb", "http://127.0.0.1/cb"], "Look at this"),
        ("native", ["http://127.0.0.1/cb", "com.example.app:/cb"], "Good"),
    ],
)
def test_the_redirect_uris(developer: MakeDeveloper, house: "House", kind: str, uris: list[str], light: str) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, type=kind, redirect_uris=uris)
    assert lights(at, client)["Redirect URIs are encrypted"] == light


def test_the_origins_of_a_browser_application(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    known = {"allowed_origins": ["https://a.example"]}
    without, _ = make_client(house, owner=at.user, type="spa", redirect_uris=["https://a.example/cb"])
    with_, _ = make_client(house, owner=at.user, type="spa", redirect_uris=["https://a.example/cb"], **known)
    assert lights(at, without)["Browsers may ask for tokens"] == "Look at this"
    assert lights(at, with_)["Browsers may ask for tokens"] == "Good"
    assert "No secret in a URL" not in lights(at, with_)


def test_machines_and_apis_are_asked_what_they_can_do_wrong(developer: MakeDeveloper, house: "House") -> None:
    at = developer(is_admin=True)
    machine, _ = make_client(house, type="machine")
    api, _ = make_resource_server(house)
    assert list(lights(at, machine)) == ["No secret in a URL", "Latest requests"]
    assert list(lights(at, api)) == ["Latest requests"]


def test_it_knows_what_real_requests_look_like(
    developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    client, secret = make_client(house, owner=at.user, trusted=True)
    rp = RelyingParty(at.client, client, secret)
    rp.authorize(scope="openid offline_access").redeem()
    rp.refresh()
    house.server.traces.flush()
    assert set(lights(at, client).values()) == {"Good"}
    first = rp.tokens["refresh_token"]
    for _ in range(2):
        rp.refresh()
    frozen.shift(60)
    rp.refresh(refresh_token=first)
    rp.authorize(scope="openid", state=None, client_secret=secret)
    frozen.shift(1)
    rp.authorize(scope="openid", code_challenge=None)
    house.server.traces.flush()
    assert {name for name, light in lights(at, client).items() if light != "Good"} == {
        "PKCE is used",
        "A state is sent",
        "Refresh tokens are rotated",
        "No secret in a URL",
        "Latest requests",
    }


def test_a_secret_in_the_address_of_another_endpoint(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, secret = make_client(house, owner=at.user, type="machine")
    answer = at.post(f"/token?client_id={client.client_id}&client_secret={secret}&grant_type=client_credentials")
    assert answer.status_code == 400
    house.server.traces.flush()
    assert lights(at, client)["No secret in a URL"] == "Look at this"
    assert secret not in at.get(page_of(client, "/requests")).text
