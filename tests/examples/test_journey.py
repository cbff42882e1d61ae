"""The life of a key as its owner sees it, in a real browser, beside the realms API that it opens."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.examples.product import PASSWORD, Product, program, started

pytestmark = pytest.mark.browser
LIMIT = 5


@pytest.fixture
def own(tmp_path: Path, keys_dir: Path) -> Iterator[Product]:
    """A product whose tiers may be changed."""
    with started(tmp_path, keys_dir) as product:
        yield product


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(locale="en-US") as context:
        yield context.new_page()


def test_a_key_from_its_creation_to_401(own: Product, page: Page) -> None:
    sign_in(page, own)
    key = create(page, own)
    used = own.run(program("sh"), "clients/curl.sh", key=key)
    assert used.returncode == 0, used.stderr
    assert '"items"' in used.stdout
    page.goto(f"{own.server.url}/settings/api-keys")
    assert key not in page.content()
    page.get_by_role("link", name="Journey").first.click()
    counted(page)
    successor = rotate(page)
    assert {own.call("GET", "/v1/realms", one).status_code for one in (key, successor)} == {200}
    assert key not in page.content()
    page.get_by_role("link", name="I have stored it").click()
    end_overlap(page)
    assert own.call("GET", "/v1/realms", key).status_code == 401
    assert own.call("GET", "/v1/realms", successor).status_code == 200
    revoke(page)
    refused = own.call("GET", "/v1/realms", successor)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_three_kinds_of_credential_and_the_limit_of_their_accounts(own: Product, page: Page) -> None:
    sign_in(page, own)
    page.goto(f"{own.server.url}/settings/apps")
    page.wait_for_function("() => localStorage['realmkit.session_token'] !== undefined")
    session_token = page.evaluate("localStorage['realmkit.session_token']")
    for credential in (own.key, own.service, session_token):
        assert own.call("GET", "/v1/realms", credential).status_code == 200
    forbidden = own.call("POST", "/v1/realms", own.narrow, json={"name": "no"})
    assert forbidden.status_code == 403
    assert forbidden.json()["missing_scopes"] == ["write:realms"]
    assert own.call("GET", "/v1/realms", "").status_code == 401
    own.server.cli("tiers", "set", "own", "--limit", str(LIMIT))
    own.server.cli("users", "set-tier", "ada", "own")
    # Key, session token and the refused call are one account: three are spent.
    assert [own.call("GET", "/v1/realms").status_code for _ in range(LIMIT - 3)] == [200] * (LIMIT - 3)
    over = own.call("GET", "/v1/realms", session_token)
    assert over.status_code == 429
    assert 1 <= int(over.headers["Retry-After"]) <= 3600
    assert over.headers["RateLimit-Policy"].endswith(f"q={LIMIT};w=3600")
    assert over.headers["X-RateLimit-Remaining"] == "0"
    assert abs(int(over.headers["X-RateLimit-Reset"]) - time.time() - int(over.headers["Retry-After"])) < 5
    assert own.call("GET", "/v1/realms", own.service).status_code == 200  # another account
    own.server.cli("users", "disable", "ada")
    assert own.call("GET", "/v1/realms", session_token).status_code == 401


def sign_in(page: Page, product: Product) -> None:
    page.goto(f"{product.server.url}/login")
    page.fill("input[name=username]", "ada")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def create(page: Page, product: Product) -> str:
    page.goto(f"{product.server.url}/settings/api-keys/new?scopes=read:realms&scopes=read:stats&environment=live")
    page.fill("input[name=name]", "Journey")
    page.get_by_role("button", name="Create key").click()
    key = page.locator("[data-secret]").first.input_value()
    assert re.fullmatch(r"rk_live_[0-9A-Za-z]{32}", key)
    page.get_by_role("link", name="I have stored it").click()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the page was not kept: Back asks to send the form again
        page.go_back()
    page.wait_for_timeout(500)  # until the browser has shown its own page about that
    return key


def counted(page: Page) -> None:
    """Notes of use are written within a second."""
    for _ in range(30):
        if page.get_by_text("at Realms API").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.get_by_text("at Realms API").first).to_be_visible()


def rotate(page: Page) -> str:
    page.select_option("select[name=overlap]", "1h")
    page.get_by_role("button", name="Rotate this key").click()
    return page.locator("[data-secret]").first.input_value()


def end_overlap(page: Page) -> None:
    page.get_by_role("button", name="End the overlap now").click()
    page.get_by_role("button", name="End it now").click()


def revoke(page: Page) -> None:
    name = page.locator("#revoke input[name=confirm]")
    for _ in range(30):  # its use is written within a second; then it takes its name to revoke it
        if name.count():
            break
        page.wait_for_timeout(200)
        page.reload()
    name.fill("Journey")
    page.get_by_role("button", name="Revoke this key").click()
    expect(page.get_by_text("Revoked").first).to_be_visible()
