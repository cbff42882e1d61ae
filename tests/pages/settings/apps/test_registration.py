"""Registering an application, over HTTP: three answers, rules beside their fields, AD2 and AD4 of the list."""

import html
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from flask import Flask

from tests import state
from tests.factories import unique
from tests.forms import forms
from tests.pages.settings.developers import (
    APPS,
    CALLBACK,
    FORM,
    NEW_APP,
    SECRET,
    MakeDeveloper,
    own_apps,
    page_of,
    secret_of,
    works,
)
from tests.pages.settings.keys import text_of
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House


def test_a_web_application_in_three_answers(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    answer = at.fill(
        NEW_APP, name="Tour planner", type="web", redirect_uris=f"{CALLBACK}\r\nhttp://localhost:3000/cb\r\n"
    )
    assert answer.status_code == 200
    (client,) = own_apps(house, at)
    assert (client.name, client.type, client.owner_id) == ("Tour planner", "web", at.user.id)
    assert client.redirect_uris == (CALLBACK, "http://localhost:3000/cb")
    assert (client.token_endpoint_auth_method, client.require_pkce) == ("client_secret_basic", True)
    assert works(app, client, secret_of(answer.text))


def test_the_form_asks_three_things_and_says_what_each_type_means(developer: MakeDeveloper) -> None:
    at = developer()
    form = at.form(NEW_APP, NEW_APP)
    assert {*form.values, *form.choices} - {"csrf_token", "nonce"} == {"name", "type", "redirect_uris"}
    page = text_of(at.get(NEW_APP).text)
    for words in (
        "A secret and PKCE. Redirect URI: https, or http on this computer",
        "No secret; PKCE. Redirect URI: http://127.0.0.1 with any port, a scheme with a dot",
        "A secret. Redirect URI: none.",
    ):
        assert words in page


def test_a_native_application_may_have_a_scheme_of_its_own(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    uris = ("com.example.app:/callback", "http://127.0.0.1/cb")
    assert at.fill(NEW_APP, name="Phone", type="native", redirect_uris="\n".join(uris)).status_code == 303
    assert own_apps(house, at)[0].redirect_uris == uris


def test_the_secret_is_shown_once(developer: MakeDeveloper, house: "House", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    at = developer()
    answer = at.fill(NEW_APP, name="Tour planner", redirect_uris=CALLBACK)
    secret = secret_of(answer.text)
    (client,) = own_apps(house, at)
    for page in (APPS, page_of(client), NEW_APP):
        shown = at.get(page).text
        assert secret not in shown
        assert not SECRET.search(shown)
    assert f"cs_...{secret[-4:]}" in at.get(page_of(client, "/credentials")).text
    assert secret not in caplog.text
    assert secret not in str(state.of(house.database).tables)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["spa", "native"])
def test_a_public_application_has_no_secret_and_leads_to_its_page(
    developer: MakeDeveloper, house: "House", kind: str
) -> None:
    at = developer()
    answer = at.fill(NEW_APP, name="Player", type=kind, redirect_uris=CALLBACK)
    (client,) = own_apps(house, at)
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(client))
    assert client.public
    page = at.get(page_of(client, "/credentials")).text
    assert "This application has no secret" in page
    assert "new secret" not in page


def test_a_machine_needs_no_redirect_uri_and_ignores_one(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    answer = at.fill(NEW_APP, name="Job", type="machine", redirect_uris="left over")
    (client,) = own_apps(house, at)
    assert (client.redirect_uris, client.grant_types) == ((), ("client_credentials",))
    machine = RelyingParty(at.client, client, secret_of(answer.text))
    assert "read:realms" in machine.token(grant_type="client_credentials").json["scope"].split()


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"name": ""}, "name", "Enter a name."),
        ({"name": "x" * 101}, "name", "The name must have 1 to 100 characters."),
        ({"name": "App\u202e"}, "name", "The name holds invisible or control characters."),
        ({"redirect_uris": ""}, "redirect_uris", "Enter at least one redirect URI."),
        ({"redirect_uris": "http://client.example/"}, "redirect_uris", "http is only for loopback addresses"),
        ({"redirect_uris": "https://client.example/#a"}, "redirect_uris", "no fragment"),
        ({"redirect_uris": "https://*.example/cb"}, "redirect_uris", "no space, backslash or wildcard"),
        ({"redirect_uris": "javascript:alert(1)"}, "redirect_uris", "use https"),
        ({"redirect_uris": "com.example.app:/cb"}, "redirect_uris", "use https"),
        ({"redirect_uris": "\n".join(f"https://a.example/{n}" for n in range(51))}, "redirect_uris", "at most 50"),
        ({"type": "resource_server", "audience": "https://api.example"}, "type", "Choose one of these."),
        ({"type": "robot"}, "type", "Choose one of these."),
    ],
)
def test_a_broken_rule_stands_beside_its_field_and_changes_nothing(
    developer: MakeDeveloper, house: "House", fields: dict, field: str, text: str
) -> None:
    at = developer()
    before = state.of(house.database)
    answer = at.fill(NEW_APP, **{"name": "Tour planner", "redirect_uris": CALLBACK, **fields})
    assert answer.status_code == 400
    beside = html.unescape(answer.text).partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert text in beside
    assert state.of(house.database) == before


def test_every_broken_rule_is_named_at_once_and_all_values_are_kept(developer: MakeDeveloper) -> None:
    typed = {
        "name": "Tour planner",
        "type": "spa",
        "redirect_uris": "http://a.example/\nhttps://good.example/\nhttps://b.example/#x",
    }
    answer = developer().fill(NEW_APP, **typed)
    shown = html.unescape(answer.text)
    for text in ("http://a.example/: http is only", "https://b.example/#x: no fragment"):
        assert text in shown
    assert "https://good.example/:" not in shown
    (form,) = [form for form in forms(answer.text) if form.action == NEW_APP]
    kept = {name: str(form.values[name]).strip() for name in ("name", "redirect_uris")}
    assert kept == {name: typed[name] for name in kept}
    assert form.values["type"] == ["spa"]


def test_AD4_owner_trust_and_rights_in_the_form_are_ignored(developer: MakeDeveloper, house: "House") -> None:
    at, victim = developer(), developer()
    at.fill(
        NEW_APP, name="Tour planner", redirect_uris=CALLBACK, owner_id=victim.user.id, trusted="true",
        client_id="chosen",
        require_pkce="false", audience="https://api.example", meter="true", allow_scope_deselect="true",
        grant_types=["client_credentials"], token_endpoint_auth_method="none", is_admin="true", scope="admin",
    )  # fmt: skip
    assert own_apps(house, victim) == []
    (client,) = own_apps(house, at)
    assert client.client_id != "chosen"
    assert (client.trusted, client.require_pkce, client.audience, client.meter) == (False, True, None, False)
    assert (client.grant_types, client.scope) == (("authorization_code", "refresh_token"), "")
    assert not client.public


def test_AD2_decision_31_only_administrators_make_resource_servers(developer: MakeDeveloper, house: "House") -> None:
    at, plain = developer(is_admin=True), developer()
    assert "resource_server" not in plain.form(NEW_APP, NEW_APP).choices["type"]
    audience = f"https://{unique('api')}.example"
    wish = {"name": "Realms API", "type": "resource_server", "audience": audience}
    answer = at.fill(NEW_APP, **wish)
    assert secret_of(answer.text)
    (client,) = own_apps(house, at)
    assert (client.type, client.audience, client.environment) == ("resource_server", audience, "live")
    again = at.fill(NEW_APP, **wish)
    assert again.status_code == 400
    assert "taken" in html.unescape(again.text).partition('id="audience-error"')[2].partition("</p>")[0]
    missing = at.fill(NEW_APP, **{**wish, "audience": ""})
    assert 'id="audience-error"' in missing.text
    assert len(own_apps(house, at)) == 1


def test_sixteen_at_a_time_register_one_application(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    body = urlencode({**at.form(NEW_APP, NEW_APP).values, "name": "Once", "redirect_uris": CALLBACK}, doseq=True)
    cookies = "; ".join(f"{one.key}={one.value}" for one in at.client._cookies.values())

    def press(_number: int) -> int:
        browser = app.test_client(use_cookies=False)
        return browser.post(NEW_APP, data=body, content_type=FORM, headers={"Cookie": cookies}).status_code

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(press, range(16))) == [200] + [303] * 15
    assert len(own_apps(house, at)) == 1


def test_without_a_csrf_token_nothing_is_registered_and_what_was_typed_stays(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    answer = at.fill(NEW_APP, name="Typed with care", redirect_uris=CALLBACK, csrf_token="foreign")
    assert answer.status_code == 400
    assert "Typed with care" in answer.text
    assert own_apps(house, at) == []
