"""The page of one application, over HTTP: changing and deleting it; AD1 and AD4 of the security list."""

import html
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from flask import Flask

from authserver.models import audit_events
from tests import state
from tests.factories import make_client, make_resource_server
from tests.forms import forms
from tests.pages.people import Browser, commit
from tests.pages.settings.developers import (
    APPS,
    CALLBACK,
    NEW_APP,
    MakeDeveloper,
    found,
    page_of,
    without_trace,
)

if TYPE_CHECKING:
    from authserver.composition import House


# -- the page of one ---------------------------------------------------------------------------------------------------


def test_IJ1_the_page_shows_what_there_is_with_the_configured_issuer(
    app: Flask, developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, client_name="<i>Tours</i>", scope="openid read:realms")
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Cookie": f"sid={at.cookie('sid')}"}
    page = app.test_client(use_cookies=False).get(page_of(client), headers=forged).text
    assert "evil.example" not in page
    assert f"{house.settings.issuer}/authorize?response_type=code" in html.unescape(page)
    assert "<i>Tours" not in page
    form = at.form(page_of(client), page_of(client))
    assert form.values["scope"] == "openid read:realms"
    assert str(form.values["redirect_uris"]).strip() == client.redirect_uris[0]


def test_changes_are_kept_and_audited(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    answer = at.fill(
        page_of(client),
        name="New name",
        redirect_uris="https://new.example/cb\nhttps://two.example/cb",
        post_logout_redirect_uris="https://new.example/bye",
        allowed_origins="https://new.example",
        scope="read:realms",
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(client))
    now = found(house, client)
    assert now is not None
    assert (now.name, now.scope) == ("New name", "read:realms")
    assert now.redirect_uris == ("https://new.example/cb", "https://two.example/cb")
    assert now.post_logout_redirect_uris == ("https://new.example/bye",)
    assert now.allowed_origins == ("https://new.example",)
    events = commit(app, lambda: audit_events.latest(limit=100, user_id=at.user.id))
    assert [event.actor for event in events if event.tag == "client.changed"] == [at.user.id]


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"name": " "}, "name", "Enter a name."),
        ({"redirect_uris": ""}, "redirect_uris", "Enter at least one redirect URI."),
        ({"redirect_uris": "http://bad.example/"}, "redirect_uris", "http is only for loopback"),
        ({"post_logout_redirect_uris": "ftp://x.example/"}, "post_logout_redirect_uris", "use https"),
        ({"allowed_origins": "https://x.example/path"}, "allowed_origins", "an origin is scheme://host[:port]"),
        ({"scope": "bogus"}, "scope", "The scope bogus is unknown."),
        ({"scope": "read:realms admin"}, "scope", "The scope admin is reserved to administrators."),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused_beside_its_field(
    developer: MakeDeveloper, house: "House", fields: dict, field: str, text: str
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, scope="read:realms")
    before = state.of(house.database)
    answer = at.fill(page_of(client), **fields)
    assert answer.status_code == 400
    assert text in html.unescape(answer.text).partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert state.of(house.database) == before


def test_AD4_a_change_touches_only_what_the_form_shows(developer: MakeDeveloper, house: "House") -> None:
    at, other = developer(), developer()
    client, _ = make_client(house, owner=at.user)
    at.fill(
        page_of(client), name="New name", owner_id=other.user.id, trusted="true", require_pkce="false", type="machine",
        grant_types="client_credentials", environment="any", disabled_at="", client_id="chosen",
    )  # fmt: skip
    now = found(house, client)
    assert now is not None
    assert now.name == "New name"
    kept = ("owner_id", "trusted", "require_pkce", "type", "grant_types", "environment")
    assert [getattr(now, name) for name in kept] == [getattr(client, name) for name in kept]


def test_a_reserved_scope_that_an_administrator_gave_survives_a_change_by_the_owner(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, scope="read:realms admin")
    assert at.fill(page_of(client), name="New name").status_code == 303
    now = found(house, client)
    assert now is not None
    assert (now.name, now.scope) == ("New name", "read:realms admin")


def test_a_resource_server_can_be_renamed(developer: MakeDeveloper, house: "House") -> None:
    at = developer(is_admin=True)
    api, _ = make_resource_server(house)
    assert at.fill(page_of(api), name="Renamed").status_code == 303
    now = found(house, api)
    assert now is not None
    assert (now.name, now.audience) == ("Renamed", api.audience)


# -- deleting ----------------------------------------------------------------------------------------------------------


def test_deleting_needs_the_name(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, client_name="Tour  planner")
    for typed in (None, "", "tour planner", "Tour"):
        answer = at.fill(page_of(client, "/delete"), on=page_of(client), confirm=typed)
        assert answer.status_code == 400
        assert "Nothing was deleted" in answer.text
        (form,) = [form for form in forms(answer.text) if form.action == page_of(client)]
        assert (form.values["name"], str(form.values["redirect_uris"]).strip()) == ("Tour planner", CALLBACK)
        assert found(house, client) is not None
    assert at.fill(page_of(client, "/delete"), on=page_of(client), confirm=" Tour planner ").status_code == 303
    assert found(house, client) is None
    assert at.get(page_of(client)).status_code == 404
    assert client.client_id not in at.get(APPS).text


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_the_list_holds_ones_own(developer: MakeDeveloper, house: "House") -> None:
    at, other = developer(), developer()
    assert "No applications yet" in at.get(APPS).text
    own, _ = make_client(house, owner=at.user)
    foreign, _ = make_client(house, owner=other.user)
    page = at.get(APPS).text
    assert own.client_id in page
    assert foreign.client_id not in page


ACTIONS = ["", "/secrets", "/secrets/sec_x/revoke", "/delete"]


@pytest.mark.parametrize("action", ["GET", *ACTIONS])
def test_AD1_the_application_of_another_is_as_absent_as_none(
    developer: MakeDeveloper, house: "House", action: str
) -> None:
    owner, at = developer(), developer()
    client, _ = make_client(house, owner=owner.user)
    token = at.form(NEW_APP, NEW_APP).values["csrf_token"]
    fields = {"csrf_token": token, "confirm": client.name, "name": "Mine now", "redirect_uris": CALLBACK, "scope": ""}
    before = state.of(house.database)

    def ask(client_id: str) -> tuple[int, str]:
        path = f"{APPS}/{client_id}"
        answer = at.get(path) if action == "GET" else at.post(f"{path}{action}", fields)
        return answer.status_code, without_trace(answer.text)

    assert ask(client.client_id) == ask("cl_absent")
    assert ask(client.client_id)[0] == 404
    assert state.of(house.database) == before


def test_AD1_an_application_without_owner_is_nobodys(developer: MakeDeveloper, house: "House") -> None:
    client, _ = make_client(house)
    assert developer().get(page_of(client)).status_code == 404


def test_administrators_see_and_change_all(developer: MakeDeveloper, house: "House") -> None:
    owner, at = developer(), developer(is_admin=True)
    client, _ = make_client(house, owner=owner.user)
    assert client.client_id in at.get(APPS).text
    assert at.fill(page_of(client), name="By the administrator", scope="admin").status_code == 303
    now = found(house, client)
    assert now is not None
    assert (now.name, now.scope, now.owner_id) == ("By the administrator", "admin", owner.user.id)


@pytest.mark.parametrize("path", [APPS, NEW_APP, f"{APPS}/cl_any"])
def test_strangers_sign_in_first_and_come_back(at: Browser, path: str) -> None:
    answer = at.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?" + urlencode({"next": path}))


@pytest.mark.parametrize("action", ["/secrets", "/secrets/sec_x/revoke", "/delete"])
def test_without_a_csrf_token_nothing_changes(developer: MakeDeveloper, house: "House", action: str) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    assert at.post(page_of(client, action), {"confirm": client.name}).status_code == 400
    assert state.of(house.database) == before


def test_settings_lead_to_their_first_page(at: Browser) -> None:
    assert at.get("/settings").headers["Location"] == "/settings/api-keys"
