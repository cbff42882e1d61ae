"""The keyboard alone completes sign-up, login, consent and the creation of a key (2.1.1)."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.gallery.mail import link_to
from tests.gallery.site import PASSWORD, READING, Gallery, open_context

pytestmark = pytest.mark.browser


def go_to(page: Page, role: str, name: str) -> None:
    """Press Tab until it has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    for _ in range(80):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {role} {name!r}")


def write(page: Page, name: str, text: str) -> None:
    go_to(page, "textbox", name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def test_sign_up_login_consent_and_a_key(gallery: Gallery, browser: Browser) -> None:
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{gallery.url}/signup")
        write(page, "E-mail", "keys@people.example")
        write(page, "User name", "keys")
        write(page, "Name", "Only Keys")
        write(page, "Password", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
        page.goto(link_to(gallery.server, "keys@people.example"))
        go_to(page, "button", "Activate my account")
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        page.goto(gallery.authorize(gallery.clients["verified"], scope=READING))
        expect(page.get_by_role("textbox", name="E-mail or user name")).to_be_focused()
        page.keyboard.type("keys")
        write(page, "Password", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Allow")).to_be_visible()
        page.wait_for_timeout(500)  # the button is inert for a moment (C16)
        go_to(page, "button", "Allow")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/docs\?code="))
        page.goto(f"{gallery.url}/settings/api-keys/new")
        write(page, "Name", "Typed")
        go_to(page, "checkbox", first_box(page))
        page.keyboard.press("Space")
        go_to(page, "button", "Create key")
        page.keyboard.press("Enter")
        expect(page.locator("[data-secret]").first).to_be_attached()


def test_the_first_stop_leads_past_the_navigation(gallery: Gallery, browser: Browser) -> None:
    with gallery.signed_in(browser) as context:
        page = context.new_page()
        page.goto(f"{gallery.url}/settings/api-keys")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_question_is_left_with_the_escape_key(gallery: Gallery, browser: Browser) -> None:
    with gallery.signed_in(browser) as context:
        page = context.new_page()
        page.goto(f"{gallery.url}/settings/api-keys")
        button = page.get_by_role("button", name=re.compile("Revoke: ")).first
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Keep")).to_be_focused()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()


def first_box(page: Page) -> str:
    """How the first check box is called."""
    return page.locator("label:has(input[type=checkbox])").first.inner_text()
