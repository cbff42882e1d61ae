"""The main job in a real browser, with a real client program: from sign-up to a revoked grant.

AUTHSERVER_TEST_PICTURES=<folder> keeps pictures of the pages, light and dark, wide and narrow.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.processes import RunningServer, environment, free_port

PROGRAM = Path(__file__).with_name("client_program.py")
PICTURES = os.environ.get("AUTHSERVER_TEST_PICTURES")
SIZES = ((1280, 900), (375, 812))
PASSWORD = "a walk in the winter sun"

pytestmark = pytest.mark.browser


def test_from_sign_up_to_a_revoked_grant(
    running_server: Callable[..., RunningServer], browser: Browser, tmp_path: Path
) -> None:
    server = running_server(workers=2)
    asker = json.loads(
        server.cli(
            "clients", "create", "--resource-server", "--name", "API", "--audience", "https://api.example", "-o", "json"
        ).stdout
    )
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    sign_up(page, server)
    port = free_port()
    client_id, secret = register(page, server, port)
    with client_program(server, port, client_id, secret, tmp_path):
        client = f"http://127.0.0.1:{port}"
        token = first_consent(page, client)
        assert introspected(server, asker, token["access_token"])["active"] is True
        returns_without_a_question(page, client)
        assert shown(page, f"{client}/userinfo")["preferred_username"] == "ada"
        refreshed = shown(page, f"{client}/refresh")
        assert refreshed["rotated"] is True
        assert introspected(server, asker, refreshed["token"]["access_token"])["scope"].endswith("read:realms")
        denied(page, client)
        assert shown(page, f"{client}/revoke") == {"status": 200}
        assert introspected(server, asker, refreshed["token"]["access_token"]) == {"active": False}
        connected_apps(page, server, client)
    api_key(page, server, asker)
    sign_out(page, server)
    assert complaints == [], "the browser complained"
    context.close()


def is_complaint(message: ConsoleMessage) -> bool:
    """A breach of the content security policy or a script that fails; not the 400 of a form filled in wrongly."""
    return message.type == "error" and "400 (Bad Request)" not in message.text


def sign_up(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.url}/login")
    picture(page, "login")
    page.goto(f"{server.url}/signup")
    picture(page, "signup")
    page.fill("input[name=email]", "ada@people.example")
    page.fill("input[name=username]", "ada")
    page.fill("input[name=name]", "Ada Lovelace")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button.primary")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(link_in(server))
    page.get_by_role("button", name="Activate my account").click()
    page.fill("input[name=username]", "ada")
    page.fill("input[name=password]", "not the password")
    page.get_by_role("button", name="Sign in").click()
    assert page.input_value("input[name=username]") == "ada"
    picture(page, "login_error")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    picture(page, "home")


def register(page: Page, server: RunningServer, port: int) -> tuple[str, str]:
    page.goto(f"{server.url}/settings/apps")
    picture(page, "apps_empty")
    page.goto(f"{server.url}/settings/apps/new")
    page.fill("input[name=name]", "Winter Reports")
    page.check("input[name=type][value=web]")
    page.fill("textarea[name=redirect_uris]", "http://client.example/callback")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("http is only for loopback addresses").first).to_be_visible()
    picture(page, "app_new_error")
    page.fill("textarea[name=redirect_uris]", f"http://127.0.0.1:{port}/callback")
    page.get_by_role("button", name="Register").click()
    picture(page, "app_secret")
    values = [field.input_value() for field in page.locator("input[readonly]").all()]
    client_id = next(value for value in values if value.startswith("cl_"))
    secret = page.locator("[data-secret]").first.input_value()
    page.get_by_role("link", name="I have stored it").click()
    assert secret not in page.content(), "a secret is shown once"
    picture(page, "app")
    return client_id, secret


def first_consent(page: Page, client: str) -> dict[str, Any]:
    page.goto(f"{client}/login")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Winter Reports")
    picture(page, "consent")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client}/callback*")
    document = read(page)
    assert document["claims"]["amr"] == ["pwd"]
    token: dict[str, Any] = document["token"]
    return token


def returns_without_a_question(page: Page, client: str) -> None:
    page.goto(f"{client}/login")
    page.wait_for_url(f"{client}/callback*")
    assert "token" in read(page)


def denied(page: Page, client: str) -> None:
    page.goto(f"{client}/login?prompt=consent")
    picture(page, "consent_again")
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{client}/callback*")
    assert read(page) == {"error": "access_denied"}


def connected_apps(page: Page, server: RunningServer, client: str) -> None:
    page.goto(f"{server.url}/account/apps")
    picture(page, "connected_apps")
    page.get_by_role("button", name="Remove access").first.click()
    page.get_by_role("button", name="Remove access").last.click()
    expect(page.get_by_text("Winter Reports").and_(page.get_by_role("heading"))).to_have_count(0)
    page.goto(f"{client}/login")
    expect(page.get_by_role("button", name="Allow")).to_be_visible()  # asked again


def api_key(page: Page, server: RunningServer, asker: dict[str, Any]) -> None:
    page.goto(f"{server.url}/settings/api-keys")
    picture(page, "api_keys_empty")
    page.goto(f"{server.url}/settings/api-keys/new?name=CI&scopes=read:realms&expires=90d")
    picture(page, "api_key_new")
    page.get_by_role("button", name="Create key").click()
    key = page.locator("[data-secret]").first.input_value()
    picture(page, "api_key_created")
    assert re.fullmatch(r"rk_live_[0-9A-Za-z]{32}", key)
    assert introspected(server, asker, key)["key_name"] == "CI"
    page.goto(f"{server.url}/settings/api-keys")
    assert key not in page.content()
    picture(page, "api_keys")
    page.wait_for_timeout(1500)  # its use is written within a second; then it takes its name to revoke it
    page.reload()
    page.get_by_role("button", name="Revoke").first.click()
    page.locator("[popover]:popover-open input[name=confirm]").fill("CI")
    page.get_by_role("button", name="Revoke").last.click()
    expect(page.get_by_text("CI", exact=True)).to_have_count(0)
    assert introspected(server, asker, key) == {"active": False}


def sign_out(page: Page, server: RunningServer) -> None:
    picture(page, "account_security", page.goto(f"{server.url}/account/security"))
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.goto(f"{server.url}/settings/apps")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@contextmanager
def client_program(
    server: RunningServer, port: int, client_id: str, secret: str, directory: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    env = environment(directory, database="", CLIENT_ID=client_id, CLIENT_SECRET=secret)
    env["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http on loopback
    process = subprocess.Popen([sys.executable, str(PROGRAM), server.url, str(port)], env=env)
    try:
        for _ in range(100):
            try:
                requests.get(f"http://127.0.0.1:{port}/", timeout=2)
                break
            except requests.ConnectionError:
                assert process.poll() is None, "the client program ended"
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(10)


def introspected(server: RunningServer, asker: dict[str, Any], token: str) -> dict[str, Any]:
    answer = requests.post(
        f"{server.url}/introspect",
        data={"token": token},
        auth=(asker["client_id"], asker["client_secret"]),
        timeout=10,
    )
    document: dict[str, Any] = answer.json()
    return document


def link_in(server: RunningServer) -> str:
    """The link that stands in the log for want of a mail server (decision 33)."""
    for _ in range(100):
        if found := re.search(rf"{re.escape(server.url)}/signup/lk_[\w-]+", server.log):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no link in the log:\n{server.log}")


def shown(page: Page, url: str) -> dict[str, Any]:
    page.goto(url)
    return read(page)


def read(page: Page) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(page.locator("pre").inner_text())
    return document


def picture(page: Page, name: str, _response: object = None) -> None:
    """Keep the page as a picture, for people to look at."""
    if PICTURES is None:
        return
    for width, height in SIZES:
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_timeout(250)  # colours fade when the scheme changes
            page.screenshot(path=Path(PICTURES) / f"{name}_{width}_{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
