"""The list of API keys over HTTP: revoking, AK4 and AD1 of the security list."""

import html
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from authserver import clock
from authserver.models import api_keys
from authserver.models.api_keys import Use
from tests import state
from tests.factories import PASSWORD, make_api_key, within
from tests.pages.people import Browser, commit
from tests.pages.settings.developers import (
    KEYS,
    NEW_KEY,
    MakeDeveloper,
    events_of,
    without_trace,
)

if TYPE_CHECKING:
    from authserver.composition import House

DAY = 86400


def assert_refused(answer: TestResponse, *texts: str) -> None:
    assert answer.status_code == 400
    assert "<title>Error:" in answer.text
    for text in texts:
        assert text in html.unescape(answer.text)


# -- the list ----------------------------------------------------------------------------------------------------------


def test_the_empty_list_leads_to_the_first_key(developer: MakeDeveloper) -> None:
    page = developer().get(KEYS).text
    assert "No API keys yet" in page
    assert f'href="{NEW_KEY}"' in page


def test_live_and_revoked_keys_stand_apart(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    live, _ = make_api_key(house, at.user, name="living key")
    dead, _ = make_api_key(house, at.user, name="revoked key")
    assert at.fill(f"{KEYS}/{dead.id}/revoke", on=KEYS).status_code == 303
    now, gone = at.get(KEYS).text.partition("<tbody>")[2], at.get(f"{KEYS}?tab=revoked").text.partition("<tbody>")[2]
    assert "living key" in now
    assert "revoked key" not in now
    assert "revoked key" in gone
    assert "living key" not in gone
    assert f"by <bdi>{at.user.username}</bdi>" in " ".join(gone.split())
    assert live.hint in now


def test_a_key_that_ends_soon_is_announced(
    developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    make_api_key(house, at.user, name="short", expires_in=3 * DAY)
    make_api_key(house, at.user, name="long", expires_in=30 * DAY)
    page = at.get(KEYS).text
    assert "<bdi>short</bdi></b> expires within 7 days" in page
    assert page.count("Expires soon") == 1


def test_a_key_that_nobody_uses_is_pointed_out(
    developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    made = {name: make_api_key(house, at.user, name=name)[0] for name in ("forgotten", "never used", "in use")}
    frozen.shift(89 * DAY)
    with within(house):
        api_keys.used([Use(made["in use"].id, clock.now(), None, "api")])
    assert at.sign_in(at.user, PASSWORD).status_code == 303
    assert "not used for 90 days" not in at.get(KEYS).text
    frozen.shift(DAY)
    with within(house):
        api_keys.used([Use(made["forgotten"].id, clock.now() - 90 * DAY, None, "api")])
    at.sign_in(at.user, PASSWORD)
    page = at.get(KEYS).text
    assert "2 keys were not used for 90 days." in page
    assert page.count("Unused for 90 days") == 2
    at.fill(f"{KEYS}/{made['never used'].id}/revoke", on=KEYS)
    assert "<bdi>forgotten</bdi></b> was not used for 90 days." in at.get(KEYS).text
    assert "Unused" not in at.get(f"{KEYS}?tab=revoked").text


def test_twelve_keys_of_any_length_stand_in_the_list(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    names = [f"{number} {'a very long name ' * 5}"[:100].strip() for number in range(12)]
    for name in names:
        make_api_key(house, at.user, name=name)
    page = at.get(KEYS).text.partition("<tbody>")[2]
    assert all(f"<b><bdi>{name}</bdi></b></a>" in page for name in names)


def test_a_hostile_name_is_only_text(developer: MakeDeveloper) -> None:
    at = developer()
    at.fill(NEW_KEY, name="<script>alert(1)</script>", scopes=["read:realms"])
    page = at.get(KEYS).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# -- revoking ----------------------------------------------------------------------------------------------------------


def test_revoking_ends_the_key_at_once_and_is_audited(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    row, value = make_api_key(house, at.user)
    answer = at.fill(f"{KEYS}/{row.id}/revoke", on=KEYS)
    assert (answer.status_code, answer.headers["Location"]) == (303, KEYS)
    found = commit(app, lambda: api_keys.find_by_value(value))
    assert found is not None
    assert (found.revoked_by, found.revoked_because) == (at.user.id, "owner")
    (event,) = events_of(app, at, "api_key.revoked")
    assert (event.actor, event.details["key"]) == (at.user.id, row.id)


def test_revoking_twice_changes_nothing(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    values = at.form(KEYS, f"{KEYS}/{row.id}/revoke").values
    at.post(f"{KEYS}/{row.id}/revoke", values)
    before = state.of(house.database)
    assert at.post(f"{KEYS}/{row.id}/revoke", values).status_code == 303
    assert state.of(house.database) == before
    assert "was revoked before" in at.get(KEYS).text


def test_revoking_without_a_csrf_token_changes_nothing(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    before = state.of(house.database)
    assert at.post(f"{KEYS}/{row.id}/revoke").status_code == 400
    assert at.get(f"{KEYS}/{row.id}/revoke").status_code == 405
    assert state.of(house.database) == before


@pytest.mark.parametrize("is_admin", [False, True])
def test_AD1_the_key_of_another_is_as_absent_as_none(developer: MakeDeveloper, house: "House", is_admin: bool) -> None:
    owner, at = developer(), developer(is_admin=is_admin)
    row, _ = make_api_key(house, owner.user, name="somebody's key")
    token = at.form(NEW_KEY, NEW_KEY).values["csrf_token"]
    before = state.of(house.database)
    foreign = at.post(f"{KEYS}/{row.id}/revoke", {"csrf_token": token})
    absent = at.post(f"{KEYS}/key_absent/revoke", {"csrf_token": token})
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert without_trace(foreign.text) == without_trace(absent.text)
    assert state.of(house.database) == before
    assert "somebody" not in at.get(KEYS).text


# -- who may come in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [KEYS, NEW_KEY, f"{KEYS}?tab=revoked"])
def test_strangers_sign_in_first_and_come_back(at: Browser, path: str) -> None:
    answer = at.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?" + urlencode({"next": path})


def test_AK4_a_key_is_no_way_into_the_settings(at: Browser, developer: MakeDeveloper, house: "House") -> None:
    owner = developer()
    row, key = make_api_key(house, owner.user)
    before = state.of(house.database)
    for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
        assert at.get(KEYS, headers=headers).headers["Location"].startswith("/login")
        made = at.post(NEW_KEY, {"name": "CI", "scopes": "read:realms"}, headers=headers)
        assert made.headers["Location"] == "/login"
        assert at.post(f"{KEYS}/{row.id}/revoke", headers=headers).status_code == 400
    assert at.get(f"{KEYS}?api_key={key}").headers["Location"].startswith("/login")
    assert state.of(house.database) == before
