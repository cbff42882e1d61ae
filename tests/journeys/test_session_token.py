"""The session token in a real browser: stored, shown, renewed while a page is open, removed at the end (decision 32).

AUTHSERVER_TEST_PICTURES=<folder> keeps pictures of the page.
"""

import base64
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.processes import RunningServer

PASSWORD = "a walk in the winter sun"
STORED = "realmkit.session_token"
PICTURES = os.environ.get("AUTHSERVER_TEST_PICTURES")

pytestmark = pytest.mark.browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(locale="en-US") as context:
        yield context


@pytest.fixture
def server(running_server: Callable[..., RunningServer]) -> RunningServer:
    server = running_server()
    person = ("--email", "ada@people.test", "--username", "ada", "--name", "Ada", "--password-stdin")
    server.cli("users", "create", *person, stdin=PASSWORD)
    return server


def created(server: RunningServer, *options: str) -> dict[str, str]:
    document: dict[str, str] = json.loads(server.cli("clients", "create", *options, "-o", "json").stdout)
    return document


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("input[name=username]", "ada")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def stored(page: Page) -> str | None:
    value: str | None = page.evaluate(f"localStorage.getItem('{STORED}')")
    return value


def stored_other_than(page: Page, before: str | None) -> str:
    page.wait_for_function(f"before => ![null, before].includes(localStorage.getItem('{STORED}'))", arg=before)
    token = stored(page)
    assert token is not None
    return token


def test_it_lives_with_the_page_and_dies_with_the_session(server: RunningServer, context: BrowserContext) -> None:
    api = created(server, "--resource-server", "--name", "API", "--audience", "https://api.example")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, f"{server.url}/login")
    first = stored_other_than(page, None)
    assert introspected(server, api, first)["token_use"] == "session_token"
    page.goto(f"{server.url}/account/profile")
    assert stored(page) == first, "still fresh: nothing is asked for"
    page.goto(f"{server.url}/settings/session-token")
    shown = page.locator("#session-token").inner_text()
    stored_other_than(page, first)
    assert stored(page) == shown
    expect(page.get_by_role("button", name="Copy").first).to_be_visible()
    if PICTURES:
        pictures(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{server.url}/")
    assert stored(page) is None
    assert introspected(server, api, first) == introspected(server, api, shown) == {"active": False}
    assert complaints == []


def test_it_is_renewed_while_a_page_is_open(server: RunningServer, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, f"{server.url}/login")
    page.clock.install()
    page.goto(f"{server.url}/settings/session-token")
    first = page.locator("#session-token").inner_text()
    page.clock.fast_forward("09:00")
    assert stored(page) == first
    page.clock.fast_forward("02:00")
    second = stored_other_than(page, first)
    expect(page.locator("#session-token")).to_have_text(second)
    assert claims(second)["sid"] == claims(first)["sid"]
    assert page.locator("#session-token-expiry time").get_attribute("datetime")
    page.clock.fast_forward("11:00")
    stored_other_than(page, second)


def test_another_tab_loses_it_when_the_session_has_ended(server: RunningServer, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, f"{server.url}/login")
    stored_other_than(page, None)
    page.clock.install()
    page.goto(f"{server.url}/account/profile")
    server.cli("users", "disable", "ada")
    page.clock.fast_forward("12:00")
    # A function: an expression in a string would be evaluated anew at every look, which our own policy forbids.
    page.wait_for_function(f"() => localStorage.getItem('{STORED}') === null")


def test_a_login_inside_an_authorization_does_not_store_it(server: RunningServer, context: BrowserContext) -> None:
    page = context.new_page()
    client = created(server, "--name", "App", "--redirect-uri", "https://app.example/callback", "--no-require-pkce")
    query = {"response_type": "code", "client_id": client["client_id"], "scope": "openid", "state": "s"}
    sign_in(page, f"{server.url}/authorize?{urlencode({**query, 'redirect_uri': 'https://app.example/callback'})}")
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    page.wait_for_timeout(500)
    assert stored(page) is None


def claims(token: str) -> dict[str, Any]:
    encoded = token.split(".")[1]
    document: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return document


def introspected(server: RunningServer, api: dict[str, str], token: str) -> dict[str, Any]:
    asker = (api["client_id"], api["client_secret"])
    answer = requests.post(f"{server.url}/introspect", data={"token": token}, auth=asker, timeout=10)
    document: dict[str, Any] = answer.json()
    return document


def pictures(page: Page) -> None:
    """Keep the page, for people to look at."""
    for width, height in ((1280, 900), (375, 812)):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_timeout(250)
            page.screenshot(path=Path(str(PICTURES)) / f"session_token_{width}_{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
