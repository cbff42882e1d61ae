"""States of the developer's pages that have no address of their own."""

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from authserver import clock
from authserver.models import api_keys, key_usage
from authserver.models.api_keys import Use
from authserver.models.key_usage import HOUR, KeyUsage
from tests.factories import make_key_client, within

if TYPE_CHECKING:
    from tests.gallery.site import Gallery


def tab(page: Page, gallery: "Gallery", name: str, *, of: str = "web") -> None:
    page.goto(f"{gallery.url}/settings/apps/{gallery.clients[of].client_id}/{name}")


def redirects_with_errors(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "redirects")
    page.fill("#redirect_uris-0", "http://reports.client.example/a/rather/long/path/to/the/callback")
    page.fill("#redirect_uris-1", "https://*.client.example/callback")
    page.fill("#allowed_origins-0", "https://client.example/path")
    page.get_by_role("button", name="Save changes").last.click()
    expect(page.get_by_role("alert").first).to_be_focused()


def two_secrets(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "credentials", of="verified")
    page.get_by_role("button", name="Make a new secret").click()
    page.get_by_role("link", name="I have stored it").click()
    page.get_by_role("button", name=re.compile("End now: ")).last.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def no_secret(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "credentials", of="spa")


def own_keys_with_errors(page: Page, gallery: "Gallery") -> None:
    """An application that signs, and whose owner pastes what is no key."""
    if "signer" not in gallery.clients:
        gallery.clients["signer"], _ = make_key_client(gallery.house, owner=gallery.owner, client_name="Bank connector")
    tab(page, gallery, "credentials", of="signer")
    page.fill("textarea[name=jwks]", '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}')
    page.get_by_role("button", name="Replace the keys").click()
    expect(page.get_by_role("alert").first).to_be_focused()


def advanced_with_errors(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "advanced")
    page.check("input[name=token_endpoint_auth_method][value=private_key_jwt]")
    page.check("input[name=require_signed_request_object]")
    page.fill("input[name=sector_identifier_uri]", "http://sector.client.example/a/rather/long/path/to/the/list.json")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert").first).to_be_focused()


def advanced_of_a_signer(page: Page, gallery: "Gallery") -> None:
    own_keys_with_errors(page, gallery)
    tab(page, gallery, "advanced", of="signer")


def advanced_without_secret(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "advanced", of="native")


def no_scope(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "scopes", of="native")
    page.check("input[name=which][value=chosen]")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert").first).to_be_focused()


def failed_requests(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "requests?only=failed")


def no_request(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "requests", of="machine")


def code_in_the_browser(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "code?lang=javascript", of="spa")


def not_deleted(page: Page, gallery: "Gallery") -> None:
    tab(page, gallery, "settings")
    page.fill("input[name=confirm]", "Summer Reports")
    page.get_by_role("button", name="Delete this application").click()
    expect(page.locator("input[name=confirm]")).to_be_focused()


def key_in_use(page: Page, gallery: "Gallery") -> None:
    """One that takes its name to be revoked, with bars to look at."""
    with within(gallery.house):
        key = next(key for key in api_keys.every(user_id=gallery.owner.id) if key.name == "Worker 1")
        now = clock.now()
        api_keys.used([Use(key.id, now, "192.0.2.7", gallery.clients["api"].client_id)])
        hours = range(now - now % HOUR - 20 * HOUR, now, HOUR)
        key_usage.add(
            [KeyUsage(key.id, hour, hour // HOUR % 9 * 11, hour // HOUR % 4, hour // HOUR % 2) for hour in hours]
        )
    page.goto(f"{gallery.url}/settings/api-keys/{key.id}")
    page.locator("#revoke input[name=confirm]").fill("another name")
    page.get_by_role("button", name="Revoke this key").click()
    expect(page.locator("#revoke input[name=confirm]")).to_be_focused()


def usage_by_key(page: Page, gallery: "Gallery") -> None:
    key_in_use(page, gallery)
    page.goto(f"{gallery.url}/settings/usage")
    page.get_by_text("As a table").first.click()


STATES = (
    ("redirects with errors", redirects_with_errors, "ada"),
    ("two secrets, one to end", two_secrets, "ada"),
    ("no secret", no_secret, "ada"),
    ("own keys with errors", own_keys_with_errors, "ada"),
    ("advanced with errors", advanced_with_errors, "ada"),
    ("advanced of a signer", advanced_of_a_signer, "ada"),
    ("advanced without secret", advanced_without_secret, "ada"),
    ("no scope chosen", no_scope, "ada"),
    ("failed requests", failed_requests, "ada"),
    ("no request", no_request, "ada"),
    ("code in the browser", code_in_the_browser, "ada"),
    ("app not deleted", not_deleted, "ada"),
    ("key in use not revoked", key_in_use, "ada"),
    ("usage by key", usage_by_key, "ada"),
)
