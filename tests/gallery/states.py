"""States of pages that have no address of their own: what was typed wrongly, what is shown once, what is asked."""

import re
from collections.abc import Callable

import requests
from playwright.sync_api import Page, expect

from authserver.models import clients
from tests.factories import within
from tests.gallery import asking, portal
from tests.gallery.site import (
    CHANGING,
    EVERYTHING,
    MISSPELT,
    NOBODY,
    OWNER,
    READING,
    VISITOR,
    Gallery,
    application,
    fill_in_login,
)

Opening = Callable[[Page, Gallery], object]
State = tuple[str, Opening, str]  # what it is called, how to get there, who does


def login_failed(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/login")
    fill_in_login(page, "ada", "not the password")
    expect(page.get_by_role("alert")).to_be_focused()


def login_for_an_application(page: Page, gallery: Gallery) -> None:
    page.goto(gallery.authorize(gallery.clients["web"]))


def login_again(page: Page, gallery: Gallery) -> None:
    page.goto(gallery.authorize(gallery.clients["web"], prompt="login"))


def select_account(page: Page, gallery: Gallery) -> None:
    page.goto(gallery.authorize(gallery.clients["web"], prompt="select_account"))


def sign_up_with_errors(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/signup")
    page.fill("input[name=email]", "no address")
    page.fill("input[name=password]", "short")
    send_unchecked(page)


def sign_up_sent(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/signup")
    page.fill("input[name=email]", "somebody@people.example")
    page.fill("input[name=username]", "somebody")
    page.fill("input[name=name]", "Some Body")
    page.fill("input[name=password]", "a walk in the winter sun")
    page.click("main button.primary")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()


def link_used(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/reset/lk_used")


def nowhere(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/nowhere")


def redirect_mismatch(page: Page, gallery: Gallery) -> None:
    page.goto(gallery.authorize(gallery.clients["web"], redirect_uri=MISSPELT))


def consent(name: str, scope: str, **changes: str) -> Opening:
    """The question of one of the applications."""

    def opening(page: Page, gallery: Gallery) -> None:
        page.goto(gallery.authorize(gallery.clients[name], scope=scope, prompt="consent", **changes))
        expect(page.get_by_role("button", name=re.compile("Allow|Erlauben|سماح"))).to_be_visible()

    return opening


def consent_again(page: Page, gallery: Gallery) -> None:
    """Something was allowed before; now it wants more."""
    gallery.allow(gallery.clients["spa"], READING, VISITOR)
    page.goto(gallery.authorize(gallery.clients["spa"], scope=CHANGING))
    expect(page.get_by_role("button", name="Allow")).to_be_visible()


def new_app_with_errors(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/settings/apps/new")
    page.fill("textarea[name=redirect_uris]", "http://client.example/callback\nftp://x")
    send_unchecked(page)
    expect(page.get_by_role("alert").first).to_be_focused()


def app_secret(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/settings/apps/new")
    page.fill("input[name=name]", "Shown once")
    page.fill("textarea[name=redirect_uris]", "https://client.example/callback")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("[data-secret]").first).to_be_attached()


def new_key_with_errors(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/settings/api-keys/new")
    send_unchecked(page)
    expect(page.get_by_role("alert").first).to_be_focused()


def key_created(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/settings/api-keys/new?name=CI&scopes=read:realms&expires=90d")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("[data-secret]").first).to_be_attached()


def revoked_keys(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/settings/api-keys?tab=revoked")


def revoke_key(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/settings/api-keys")
    page.get_by_role("button", name=re.compile("Revoke: ")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def app_of(name: str) -> Opening:
    return lambda page, gallery: page.goto(f"{gallery.url}/settings/apps/{gallery.clients[name].client_id}")


def app_code(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/settings/apps/{gallery.clients['web'].client_id}/code")


def connected_apps(page: Page, gallery: Gallery) -> None:
    gallery.allow(gallery.clients["verified"], EVERYTHING)
    page.goto(f"{gallery.url}/account/apps")
    page.get_by_role("button", name=re.compile("Remove access")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def wrong_current_password(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/account/security")
    page.fill("input[name=current_password]", "not the password")
    page.fill("input[name=new_password]", "short")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert").first).to_be_focused()


def consent_in_arabic(page: Page, gallery: Gallery) -> None:
    page.goto(gallery.authorize(gallery.clients["web"], scope=EVERYTHING, ui_locales="ar", prompt="consent"))
    expect(page.locator("html")).to_have_attribute("dir", "rtl")


def playground_step(page: Page, gallery: Gallery, button: str) -> None:
    """Walk to the redemption of the code, and press this."""
    page.goto(f"{gallery.url}/playground")
    page.get_by_role("button", name="Build the request").click()
    page.get_by_role("link", name="Open it, as the browser would").click()
    allow = page.get_by_role("button", name="Allow")
    expect(allow.or_(page.get_by_role("heading", name="What the application checks"))).to_be_visible()
    if allow.is_visible():
        allow.click()
    expect(page.get_by_role("heading", name="What the application checks")).to_be_visible()
    page.locator("form", has=page.get_by_role("button", name=button)).get_by_role("button").first.click()
    expect(page.locator("pre").first).to_be_visible()


def playground_tokens(page: Page, gallery: Gallery) -> None:
    playground_step(page, gallery, "Change the code for tokens")


def playground_wrong_verifier(page: Page, gallery: Gallery) -> None:
    playground_step(page, gallery, "Wrong verifier")


def inspected_key(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/playground/inspector")
    page.fill("textarea[name=value]", "rk_live_" + "A" * 31)
    page.get_by_role("button", name="Inspect").click()
    expect(page.locator("#found")).to_be_visible()


def app_has_changed(page: Page, gallery: Gallery) -> None:
    """It was allowed under another name, and with another address."""
    client = application(gallery, "Old Name")
    gallery.allow(client, READING, VISITOR)
    with within(gallery.house):
        clients.change(client.client_id, name="New Name", redirect_uris=[*client.redirect_uris, "https://new.example/"])
    page.goto(gallery.authorize(client))
    expect(page.get_by_text("What has changed")).to_be_visible()


def answered_already(page: Page, gallery: Gallery) -> None:
    consent("verified", READING)(page, gallery)
    question = page.url
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url("**/docs?error=access_denied*")
    page.goto(question)


def device_question(page: Page, gallery: Gallery) -> None:
    grants = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
    client = application(gallery, "Television", type="native", grant_types=grants)
    fields = {"client_id": client.client_id, "scope": READING}
    asked = requests.post(f"{gallery.url}/device_authorization", data=fields, timeout=10).json()
    page.goto(asked["verification_uri_complete"])
    expect(page.get_by_role("button", name="Allow")).to_be_visible()


def device_allowed(page: Page, gallery: Gallery) -> None:
    device_question(page, gallery)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="is connected")).to_be_visible()


def wrong_device_code(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.url}/device")
    page.fill("input[name=user_code]", "BCDF-GHJK")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").first).to_be_focused()


def at(path: str) -> Opening:
    """A page with a query."""
    return lambda page, gallery: page.goto(gallery.url + path)


def send_unchecked(page: Page) -> None:
    """Send the form as it is: the browser's own checks would stop it."""
    page.locator("main form:has(button.primary)").first.evaluate("form => { form.noValidate = true }")
    page.locator("main form button.primary").first.click()


STATES: dict[str, tuple[State, ...]] = {
    "login": (
        ("login failed", login_failed, NOBODY),
        ("login for an application", login_for_an_application, NOBODY),
        ("login again", login_again, OWNER),
        ("select account", select_account, OWNER),
    ),
    "account": (
        ("sign-up with errors", sign_up_with_errors, NOBODY),
        ("sign-up sent", sign_up_sent, NOBODY),
        ("link used", link_used, NOBODY),
        ("wrong current password", wrong_current_password, OWNER),
    ),
    "authorize": (("answered already", answered_already, VISITOR),),
    "device": (
        ("device question", device_question, VISITOR),
        ("device allowed", device_allowed, VISITOR),
        ("wrong device code", wrong_device_code, VISITOR),
    ),
    "errors": (
        ("nowhere", nowhere, NOBODY),
        ("redirect mismatch, public", redirect_mismatch, NOBODY),
        ("redirect mismatch, owner", redirect_mismatch, OWNER),
    ),
    "consent": (
        ("consent verified", consent("verified", CHANGING), VISITOR),
        ("consent unverified", consent("web", EVERYTHING), VISITOR),
        ("consent with a choice", consent("test", EVERYTHING), VISITOR),
        ("consent of a native app", consent("native", READING), VISITOR),
        ("consent again", consent_again, VISITOR),
        ("consent with details", asking.consent_with_details, VISITOR),
        ("app has changed", app_has_changed, VISITOR),
        ("consent in Arabic", consent_in_arabic, VISITOR),
    ),
    "playground": (
        ("playground, tokens", playground_tokens, OWNER),
        ("playground, wrong verifier", playground_wrong_verifier, OWNER),
        ("inspected key", inspected_key, OWNER),
    ),
    "connected_apps": (("remove access?", connected_apps, OWNER),),
    "settings": (
        ("new app with errors", new_app_with_errors, OWNER),
        ("app secret", app_secret, OWNER),
        ("public app", app_of("spa"), OWNER),
        ("machine", app_of("machine"), OWNER),
        ("API", app_of("api"), OWNER),
        ("new key with errors", new_key_with_errors, OWNER),
        ("key created", key_created, OWNER),
        ("revoked keys", revoked_keys, OWNER),
        ("revoke key?", revoke_key, OWNER),
        *portal.STATES,
    ),
}
