"""Every journey completes with JavaScript off: forms, links and redirects are enough."""

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from authserver.models.users import User
from tests.factories import make_user, unique
from tests.gallery.mail import link_to
from tests.gallery.site import PASSWORD, READING, Gallery, application, fill_in_login, open_context, sign_in
from tests.gallery.states import playground_step

pytestmark = pytest.mark.browser
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Scripts are off, and so is the cache of the session that other tests share."""
    with open_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        yield page


@pytest.fixture
def person(gallery: Gallery) -> User:
    return make_user(gallery.house, password=PASSWORD, name="Without Scripts")[0]


def press(page: Page, name: str | re.Pattern[str], role: str = "button") -> None:
    page.get_by_role(role, name=name, exact=isinstance(name, str)).first.click()  # type: ignore[arg-type]


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def test_sign_up_and_a_new_password(gallery: Gallery, page: Page) -> None:
    name, again = unique("plain"), "another walk in the summer rain"
    address = f"{name}@people.example"
    page.goto(f"{gallery.url}/signup")
    for field, value in {"email": address, "username": name, "name": "Plain", "password": PASSWORD}.items():
        page.fill(f"input[name={field}]", value)
    press(page, "Create account")
    heading(page, "Check your mail")
    page.goto(link_to(gallery.server, address))
    press(page, "Activate my account")
    fill_in_login(page, name, "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.input_value("input[name=username]") == name
    fill_in_login(page, name)
    heading(page, "Hello, Plain")
    press(page, "Sign out")
    page.goto(f"{gallery.url}/forgot")
    page.fill("input[name=email]", address)
    press(page, "Send the link")
    page.goto(link_to(gallery.server, address, "reset"))
    page.fill("input[name=password]", again)
    press(page, "Save password")
    sign_in(page, gallery.url, name, again)
    page.goto(f"{gallery.url}/account/profile")
    expect(page.get_by_text(address).first).to_be_visible()


def test_deny_allow_look_and_take_back(gallery: Gallery, page: Page, person: User) -> None:
    client = application(gallery, "No Scripts", redirect_uris=[f"{gallery.url}/docs"], verified=True)
    page.goto(gallery.authorize(client, scope=READING))
    fill_in_login(page, person.username)
    press(page, "Deny")
    page.wait_for_url(re.compile(r"/docs\?error=access_denied"))
    page.goto(gallery.authorize(client, scope=READING))
    press(page, "Use a different account")
    fill_in_login(page, person.username)
    press(page, "Allow")
    page.wait_for_url(re.compile(r"/docs\?code="))
    page.goto(f"{gallery.url}/account/apps")
    press(page, re.compile("^Details"), "link")
    press(page, re.compile("^Take back"), "link")
    press(page, "Take back")
    page.goto(f"{gallery.url}/account/apps")
    press(page, re.compile("^Remove access"))
    page.get_by_role("dialog").get_by_role("button", name="Remove access").click()
    expect(page.get_by_text("No app has access")).to_be_visible()


def test_the_answer_by_form_post_waits_for_a_button(gallery: Gallery, page: Page, person: User) -> None:
    client = application(gallery, "Posted", redirect_uris=[f"{gallery.url}/docs"])
    sign_in(page, gallery.url, person.username)
    page.goto(gallery.authorize(client, scope=READING, response_mode="form_post"))
    press(page, "Allow")
    expect(page.locator("input[name=code]")).to_be_attached()
    with page.expect_request(lambda sent: sent.method == "POST" and sent.url.endswith("/docs")):
        press(page, "Continue")


def test_an_application_from_registration_to_its_end(gallery: Gallery, page: Page, person: User) -> None:
    sign_in(page, gallery.url, person.username)
    page.goto(f"{gallery.url}/settings/apps/new")
    page.fill("input[name=name]", "Plain App")
    page.check("input[name=type][value=web]")
    page.locator("[name=redirect_uris]").first.fill("https://client.example/callback")
    press(page, "Register")
    assert page.locator("[data-secret]").first.input_value().startswith("cs_")
    press(page, "I have stored it", "link")
    press(page, "Credentials", "link")
    press(page, "Make a new secret")
    assert page.locator("[data-secret]").first.input_value().startswith("cs_")
    press(page, "I have stored it", "link")
    for tab in ("Overview", "Redirect URIs", "Scopes", "Requests", "Code", "Settings"):
        press(page, tab, "link")
        expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
    page.fill("input[name=confirm]", "Plain App")
    press(page, "Delete this application")
    expect(page.get_by_text("Plain App").and_(page.get_by_role("link"))).to_have_count(0)


def test_a_key_from_creation_to_revocation(gallery: Gallery, page: Page, person: User) -> None:
    sign_in(page, gallery.url, person.username)
    page.goto(f"{gallery.url}/settings/api-keys/new?name=Plain&scopes=read:realms&expires=90d")
    press(page, "Create key")
    first = page.locator("[data-secret]").first.input_value()
    press(page, "I have stored it", "link")
    press(page, "Rotate this key")
    second = page.locator("[data-secret]").first.input_value()
    assert first != second
    press(page, "I have stored it", "link")
    page.goto(f"{gallery.url}/settings/api-keys")
    press(page, re.compile("^Revoke"))
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.goto(f"{gallery.url}/settings/api-keys?tab=revoked")
    expect(page.locator("tbody tr").first).to_contain_text("Plain")


def test_an_account(gallery: Gallery, browser: Browser, page: Page, person: User) -> None:
    with open_context(browser) as elsewhere:
        sign_in(elsewhere.new_page(), gallery.url, person.username)
    sign_in(page, gallery.url, person.username)
    page.goto(f"{gallery.url}/account/profile")
    page.fill("input[name=name]", "Renamed")
    press(page, "Save changes")
    expect(page.get_by_role("status").first).to_be_visible()
    page.goto(f"{gallery.url}/account/security")
    press(page, "Sign out all others")
    expect(page.get_by_role("button", name="Sign out all others")).to_have_count(0)
    page.goto(f"{gallery.url}/account/activity")
    press(page, re.compile("not me", re.IGNORECASE), "link")
    press(page, re.compile("not me", re.IGNORECASE))
    page.goto(f"{gallery.url}/account/profile")
    page.select_option("select[name=language]", "de")
    press(page, "Change language")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto(f"{gallery.url}/logout")
    page.locator("main button.primary").click()
    page.goto(f"{gallery.url}/account/profile")
    expect(page.locator("input[name=password]")).to_be_visible()


def test_a_device(gallery: Gallery, page: Page, person: User) -> None:
    client = application(gallery, "Television", type="native", grant_types=[DEVICE, "refresh_token"])
    fields = {"client_id": client.client_id, "scope": READING}
    asked = requests.post(f"{gallery.url}/device_authorization", data=fields, timeout=10).json()
    page.goto(asked["verification_uri"])
    fill_in_login(page, person.username)
    page.fill("input[name=user_code]", asked["user_code"].lower())
    press(page, "Continue")
    heading(page, "Television")
    press(page, "Allow")
    heading(page, "is connected")


def test_an_administrator(gallery: Gallery, page: Page) -> None:
    person, _ = make_user(gallery.house, password=PASSWORD, is_admin=True)
    client = application(gallery, "To Verify")
    sign_in(page, gallery.url, person.username)
    page.goto(f"{gallery.url}/admin/apps/{client.client_id}")
    press(page, "Verify", "link")
    press(page, "Verify the application")
    expect(page.get_by_text("Verified").first).to_be_visible()
    page.goto(f"{gallery.url}/admin/users/{person.id}")
    press(page, "Change the tier", "link")
    page.select_option("main select", index=0)
    page.locator("main button.primary").click()
    heading(page, person.name)


def test_the_playground(gallery: Gallery, page: Page, person: User) -> None:
    sign_in(page, gallery.url, person.username)
    playground_step(page, gallery, "Exchange the code for tokens")
    for step in ("userinfo", "introspect", "refresh", "revoke"):
        page.locator(f"form[action$='/{step}'] button").first.click()
        expect(page.locator("pre").first).to_be_visible()
    page.goto(f"{gallery.url}/playground/inspector")
    page.fill("textarea[name=value]", "eyJ.not.good")
    press(page, "Inspect")


def test_a_failed_request_is_explained_and_put_right(gallery: Gallery, page: Page) -> None:
    client = application(gallery, "To Repair")
    sign_in(page, gallery.url, gallery.owner.username)
    page.goto(gallery.authorize(client, redirect_uri="http://127.0.0.1:9/repaired"))
    press(page, "All checks of this request", "link")
    press(page, "Add this URI to the application")
    page.goto(f"{gallery.url}/settings/apps/{client.client_id}/redirects")
    expect(page.locator("input[value='http://127.0.0.1:9/repaired']")).to_be_visible()
