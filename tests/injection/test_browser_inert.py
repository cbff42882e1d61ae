"""XS1, XS2: fifty hostile strings in whatever another person will see do nothing in a real browser.

They are written into the tables: what rules of registration would refuse may be older than the rules.
"""

import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Error, Page

from authserver.models import api_keys, clients, consents, scopes, users
from authserver.models.clients import Client
from authserver.models.users import User
from tests.conftest import open_gallery
from tests.factories import make_api_key, make_client, make_user, within
from tests.gallery.looking import Watch, measured, watched
from tests.gallery.site import OWNER, PASSWORD, VISITOR, Gallery, open_context, sign_in
from tests.injection.payloads import HTML, PAYLOADS

pytestmark = pytest.mark.browser
#: At most 60 characters, as a brand may have.
BRAND = "\"'><img src=x onerror=alert(1)>{{7*7}}</title><script>"
#: What no page of ours has, and what the strings would make of it.
INJECTED = Path(__file__).with_name("injected.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Gallery]:
    """A server in which every string stands in every field."""
    with open_gallery(tmp_path_factory.mktemp("poisoned"), keys_dir, AUTHSERVER_BRAND=BRAND) as gallery:
        for number, text in enumerate(PAYLOADS):
            owner, client = poison(gallery, number, text)
            gallery.people[str(number)], gallery.clients[str(number)] = owner, client
        yield gallery


def poison(gallery: Gallery, number: int, text: str) -> tuple[User, Client]:
    """One string as the name of a person, of a scope, and of an application and of a key of this person."""
    with within(gallery.house):
        scopes.add(f"poison:{number}", description=text, reserved=False)
    owner, _ = make_user(gallery.house, name="Owner")
    client, _ = make_client(gallery.house, owner=owner, scope=f"openid read:realms poison:{number}")
    mine, _ = make_client(gallery.house, owner=gallery.owner)
    key, _ = make_api_key(gallery.house, owner)
    own, _ = make_api_key(gallery.house, gallery.owner)
    links = dict.fromkeys(("client_uri", "policy_uri"), f"https://a.example/{text}")
    details = {**links, "tos_uri": text, "contacts": [text]}
    with within(gallery.house):
        users.change(
            owner.id, name=text, username=f"{text[:50].lower()}{number}", email=f"{number}{text[:80]}@a.example"
        )
        for one in (client, mine):
            uris = [f"https://a.example/{quote(text)}", f"https://b.example/{secrets.token_hex(4)}"]
            clients.change(one.client_id, name=text, details=details, redirect_uris=uris)
        for one_key in (key, own):
            api_keys.change(one_key.id, name=text, note=text, ip_allow=())
        consents.record(user_id=gallery.owner.id, client_id=client.client_id, scope="openid", seen={"name": text})
        changed = clients.find(client.client_id)
    assert changed is not None
    return owner, changed


def breaches(page: Page, watch: Watch) -> list[str]:
    """What a string has done to the page that is open."""
    found: list[str] = page.evaluate(INJECTED)
    page.set_viewport_size({"width": 375, "height": 812})
    found += measured(page, "overflow")
    page.set_viewport_size({"width": 1280, "height": 900})
    found += [*watch.complaints, *watch.foreign]
    watch.complaints.clear()
    watch.foreign.clear()
    return found


@pytest.mark.parametrize("half", [0, 1])
def test_XS1_what_a_user_decides_about(poisoned: Gallery, browser: Browser, half: int) -> None:
    """Name, owner, addresses and scopes of an application on the consent page."""
    found = {}
    with poisoned.signed_in(browser, VISITOR) as context, watched(context, poisoned.url) as (page, watch):
        for number, text in list(enumerate(PAYLOADS))[half::2]:
            client = poisoned.clients[str(number)]
            page.goto(poisoned.authorize(client, scope=f"openid poison:{number}", state=text))
            assert page.get_by_role("button", name="Deny").is_visible()
            if wrong := breaches(page, watch):
                found[text] = wrong
    assert found == {}


@pytest.mark.parametrize(
    "path",
    ["/admin/users", "/admin/apps", "/admin/scopes", "/admin/audit", "/settings/apps", "/settings/api-keys",
     "/settings/usage", "/account/apps", "/account/activity", "/playground", "/docs"],
)  # fmt: skip
def test_XS1_lists(poisoned: Gallery, browser: Browser, path: str) -> None:
    with poisoned.signed_in(browser) as context, watched(context, poisoned.url) as (page, watch):
        page.goto(poisoned.url + path)
        assert page.locator("h1").is_visible()
        assert breaches(page, watch) == []


@pytest.mark.parametrize("part", range(5))
def test_XS1_what_an_administrator_and_an_owner_look_at(poisoned: Gallery, browser: Browser, part: int) -> None:
    """One page of each kind for each string in turn: the kinds share the pages of a person and of an application."""
    found = {}
    with poisoned.signed_in(browser) as context, watched(context, poisoned.url) as (page, watch):
        for number, text in list(enumerate(PAYLOADS))[part::5]:
            client, person = poisoned.clients[str(number)].client_id, poisoned.people[str(number)].id
            for path in (f"/admin/users/{person}", f"/admin/apps/{client}"):
                page.goto(poisoned.url + path)
                assert page.locator("h1").is_visible()
                if wrong := breaches(page, watch):
                    found[f"{path} {text}"] = wrong
    assert found == {}


@pytest.mark.parametrize("half", [0, 1])
def test_XS1_what_comes_in_an_address(poisoned: Gallery, browser: Browser, half: int) -> None:
    """state, redirect_uri, scope, error_description and the like, to pages that show them."""
    found = {}
    with poisoned.signed_in(browser) as context, watched(context, poisoned.url) as (page, watch):
        for number, text in list(enumerate(PAYLOADS))[half::2]:
            client, sent = poisoned.clients[str(number)], quote(text)
            for address in (
                f"{poisoned.url}/playground/callback?error={sent}&error_description={sent}&state={sent}&iss={sent}",
                poisoned.authorize(client, redirect_uri=f"https://a.example/{text}", state=text),
            ):
                trace = trace_of(page, address)
                if wrong := breaches(page, watch):
                    found[address] = wrong
            page.goto(f"{poisoned.url}/explain/{trace}")
            if wrong := breaches(page, watch):
                found[page.url] = wrong
    assert found == {}


def trace_of(page: Page, address: str) -> str:
    """Open it; the id under which the request can be explained."""
    answer = page.goto(address)
    assert answer is not None
    return answer.headers["x-request-id"]


def test_XS1_what_a_browser_calls_itself(poisoned: Gallery, browser: Browser) -> None:
    name = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{1234*4321}}"
    user, _ = make_user(poisoned.house, password=PASSWORD, is_admin=True)
    with open_context(browser, user_agent=name) as context, watched(context, poisoned.url) as (page, watch):
        sign_in(page, poisoned.url, user.username)
        for path in ("/account/security", "/account/activity", "/admin/audit", f"/admin/users/{user.id}"):
            page.goto(poisoned.url + path)
            assert breaches(page, watch) == []


def test_XS1_the_name_of_the_server(poisoned: Gallery, browser: Browser) -> None:
    with open_context(browser) as context, watched(context, poisoned.url) as (page, watch):
        for path in ("/", "/login", "/signup", "/nowhere", "/docs"):
            page.goto(poisoned.url + path)
            assert BRAND in page.title()
            assert breaches(page, watch) == []


def test_XS2_a_logo_is_never_fetched(poisoned: Gallery, browser: Browser) -> None:
    """Neither by the browser nor by the server, also of a verified application: nobody knocks where it lies."""
    client = poisoned.clients["0"]
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        logo = f"http://127.0.0.1:{door.getsockname()[1]}/logo.svg"
        with within(poisoned.house):
            clients.change(client.client_id, details={"logo_uri": logo}, verified_at=client.created_at)
        with poisoned.signed_in(browser, VISITOR) as context, watched(context, poisoned.url) as (page, watch):
            page.goto(poisoned.authorize(client, scope="openid"))
            assert page.locator("img").count() == 0
            assert watch.foreign == []
        with poisoned.signed_in(browser, OWNER) as context, watched(context, poisoned.url) as (page, watch):
            for path in (f"/account/apps/{client.client_id}", f"/admin/apps/{client.client_id}"):
                page.goto(poisoned.url + path)
                assert page.locator("img").count() == 0
            assert watch.foreign == []
        with pytest.raises(BlockingIOError):
            door.accept()


def test_the_strings_would_be_noticed(poisoned: Gallery, browser: Browser) -> None:
    """What this file looks for does happen when texts are not escaped."""
    noticed = 0
    with poisoned.signed_in(browser, OWNER) as context:
        for text in HTML:
            with watched(context, poisoned.url) as (page, watch):
                page.goto(f"{poisoned.url}/account/profile")
                try:
                    page.evaluate("text => { document.querySelector('h1').innerHTML = text }", text)
                    noticed += bool(breaches(page, watch))
                except Error:  # it has led the browser away
                    noticed += 1
    assert noticed > len(HTML) / 2


def test_there_are_fifty() -> None:
    assert len(set(PAYLOADS)) == 50
