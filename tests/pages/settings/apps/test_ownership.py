"""Whose application it is, over HTTP: AD1 of the security list, for every tab and every form."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from flask import Flask

from tests import state
from tests.factories import make_client
from tests.pages.people import Browser
from tests.pages.settings.developers import APPS, CALLBACK, NEW_APP, MakeDeveloper, found, page_of, without_trace

if TYPE_CHECKING:
    from authserver.composition import House

TABS = ["", "/redirects", "/credentials", "/scopes", "/requests", "/code", "/settings", "/advanced"]
FORMS = ["/redirects", "/credentials", "/credentials/sec_x/end", "/keys", "/scopes", "/delete", *TABS[-2:]]


def test_every_route_of_an_application_is_in_the_matrix(app: Flask) -> None:
    prefix = f"{APPS}/<client_id>"
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(prefix)]
    ways = {(rule.rule.removeprefix(prefix), method) for rule in rules for method in (rule.methods or ())}
    wanted = {(tab, "GET") for tab in TABS} | {(form.replace("sec_x", "<secret_id>"), "POST") for form in FORMS}
    assert {way for way in ways if way[1] in {"GET", "POST", "PUT", "PATCH", "DELETE"}} == wanted


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("action", sorted({*TABS, *FORMS}))
def test_AD1_the_application_of_another_is_as_absent_as_none(
    developer: MakeDeveloper, house: "House", action: str, method: str
) -> None:
    owner, at = developer(), developer()
    client, _ = make_client(house, owner=owner.user)
    token = at.form(NEW_APP, NEW_APP).values["csrf_token"]
    fields = {"csrf_token": token, "confirm": client.name, "name": "Mine now", "redirect_uris": CALLBACK, "scopes": ""}
    before = state.of(house.database)

    def ask(client_id: str) -> tuple[int, str]:
        path = f"{APPS}/{client_id}{action}"
        answer = at.get(path) if method == "GET" else at.post(path, fields)
        return answer.status_code, without_trace(answer.text).replace(client_id, "")

    there = ask(client.client_id)
    assert there == ask("cl_absent")
    assert there[0] == (404 if action in (TABS if method == "GET" else FORMS) else 405)
    assert state.of(house.database) == before


def test_AD1_an_application_without_owner_is_nobodys(developer: MakeDeveloper, house: "House") -> None:
    client, _ = make_client(house)
    assert developer().get(page_of(client)).status_code == 404


def test_AD1_the_secret_of_another_application_is_absent(developer: MakeDeveloper, house: "House") -> None:
    at, other = developer(), developer()
    own, _ = make_client(house, owner=at.user)
    foreign, _ = make_client(house, owner=other.user)
    action = other.form(page_of(foreign, "/credentials"), page_of(foreign, "/credentials")).action
    (end,) = [name for name in other.get(action).text.split('"') if name.startswith(f"{action}/")]
    before = state.of(house.database)
    token = at.form(NEW_APP, NEW_APP).values["csrf_token"]
    answer = at.post(end.replace(foreign.client_id, own.client_id), {"csrf_token": token})
    assert answer.status_code == 404
    assert state.of(house.database) == before


def test_administrators_see_and_change_all(developer: MakeDeveloper, house: "House") -> None:
    owner, at = developer(), developer(is_admin=True)
    client, _ = make_client(house, owner=owner.user)
    for tab in TABS:
        assert at.get(page_of(client, tab)).status_code == 200
    assert at.fill(page_of(client, "/settings"), name="By the administrator").status_code == 303
    assert at.fill(page_of(client, "/scopes"), which="chosen", scopes=["admin"]).status_code == 303
    now = found(house, client)
    assert now is not None
    assert (now.name, now.scope, now.owner_id) == ("By the administrator", "admin", owner.user.id)


@pytest.mark.parametrize("path", [APPS, NEW_APP, *(f"{APPS}/cl_any{tab}" for tab in TABS)])
def test_strangers_sign_in_first_and_come_back(at: Browser, path: str) -> None:
    answer = at.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?" + urlencode({"next": path}))


@pytest.mark.parametrize("action", FORMS)
def test_without_a_csrf_token_nothing_changes(developer: MakeDeveloper, house: "House", action: str) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    fields = {"confirm": client.name, "name": "New", "redirect_uris": "https://new.example/", "which": "open"}
    assert at.post(page_of(client, action), fields).status_code == 400
    assert state.of(house.database) == before


def test_settings_lead_to_their_first_page(at: Browser) -> None:
    assert at.get("/settings").headers["Location"] == "/settings/api-keys"
