"""The code tab of an application, over HTTP; that the programs run is in `test_samples`."""

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from authserver.pages.settings.apps.code import LANGUAGES
from tests.factories import make_client, make_resource_server
from tests.pages.settings.apps.requests import request_of
from tests.pages.settings.developers import MakeDeveloper, page_of
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

HOSTILE = "https://a.example/\"'`$(id)</code><script>alert(1)</script>"


def sample(page: str) -> str:
    return html.unescape(page.partition('<code id="sample">')[2].partition("</code>")[0])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_but_the_secret_is_filled_in(developer: MakeDeveloper, house: "House", lang: str) -> None:
    at = developer()
    client, secret = make_client(house, owner=at.user, scope="openid read:realms")
    page = at.get(f"{page_of(client, '/code')}?lang={lang}").text
    code = sample(page)
    for value in (house.settings.issuer, client.client_id):
        assert value in code
    assert any(uri in code for uri in (client.redirect_uris[0], quote(client.redirect_uris[0], safe="")))
    assert any(scope in code for scope in ("openid read:realms", "openid%20read%3Arealms"))
    assert "CLIENT_SECRET" in code
    assert secret not in page
    current = re.findall(r'<a href="[^"]*lang=(\w+)" aria-current="page"', page)
    assert current == [lang]


def test_an_unknown_language_is_the_first(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    pages = [sample(at.get(page_of(client, "/code") + query).text) for query in ("", "?lang=curl", "?lang=../../etc")]
    assert pages[0] == pages[1] == pages[2] != ""


def test_the_redirect_uri_can_be_chosen_and_only_a_registered_one(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    uris = ["https://one.example/cb", "https://two.example/cb?a=1&b=2"]
    client, _ = make_client(house, owner=at.user, redirect_uris=uris)
    tab = page_of(client, "/code")
    assert uris[0] in sample(at.get(f"{tab}?lang=python").text)
    chosen = at.get(f"{tab}?lang=python&redirect_uri={quote(uris[1], safe='')}").text
    assert uris[1] in sample(chosen)
    assert f"lang=go&amp;redirect_uri={quote(uris[1], safe='')}" in chosen  # the next language keeps it
    assert form_of(chosen) == uris[1]
    foreign = at.get(f"{tab}?lang=python&redirect_uri=https://evil.example/").text
    assert "evil.example" not in foreign
    assert uris[0] in sample(foreign)


def form_of(page: str) -> str:
    """What is selected."""
    found = re.search(r"<option selected>([^<]+)</option>", page)
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_XS1_a_hostile_redirect_uri_stays_a_text(developer: MakeDeveloper, house: "House", lang: str) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, redirect_uris=[HOSTILE])
    page = at.get(f"{page_of(client, '/code')}?lang={lang}").text
    assert "<script>alert" not in page
    if lang == "curl":  # inside single quotes a shell reads nothing
        assert "'redirect_uri=https://a.example/\"'\"'\"'`$(id)" in sample(page)
    else:
        assert 'https://a.example/\\"' in sample(page)


@pytest.mark.parametrize(
    ("kind", "title", "flow", "without"),
    [
        ("web", "Sign somebody in", "code_challenge", "client_credentials"),
        ("native", "Sign somebody in", "code_challenge", "CLIENT_SECRET"),
        ("machine", "Get a token", "client_credentials", "authorize"),
    ],
)
def test_each_type_has_its_flow(
    developer: MakeDeveloper, house: "House", kind: str, title: str, flow: str, without: str
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, type=kind)
    page = at.get(page_of(client, "/code")).text
    assert title in page
    assert flow in sample(page)
    assert without not in sample(page)


def test_an_api_introspects_and_a_browser_application_runs_in_the_browser(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer(is_admin=True)
    api, _ = make_resource_server(house)
    spa, _ = make_client(house, type="spa")
    assert "/introspect" in sample(at.get(page_of(api, "/code")).text)
    page = at.get(f"{page_of(spa, '/code')}?lang=javascript").text
    assert "sessionStorage" in sample(page)
    assert "&lt;script type=&#34;module&#34; src=&#34;sign-in.js&#34;&gt;" in page


def test_a_client_of_other_grants_is_told_so(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    client, _ = make_client(house, owner=at.user, type="machine", grant_types=[exchange])
    assert "There is no sample" in at.get(page_of(client, "/code")).text


def test_a_light_turns_on_at_the_first_request(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, secret = make_client(house, owner=at.user, type="machine")
    assert "Waiting for the first request" in at.get(page_of(client, "/code")).text
    assert RelyingParty(at.client, client, secret).token(grant_type="client_credentials").status_code == 200
    house.server.usage.flush()
    assert "It works: the last request came a moment ago" in at.get(page_of(client, "/code")).text


def test_a_kept_request_turns_it_on(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    request_of(house, client, endpoint="authorize", error="invalid_request", ago=90)
    assert "1 minute ago" in at.get(page_of(client, "/code")).text
