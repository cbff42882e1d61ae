"""Creating API keys in the settings, over HTTP: AK1, AK3, AK4, AD4 of the security list."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from authserver.models import users
from authserver.models.unit_of_work import unit_of_work
from tests import state
from tests.databases import on_postgresql
from tests.forms import forms
from tests.pages.settings.developers import (
    KEY,
    KEYS,
    NEW_KEY,
    MakeDeveloper,
    events_of,
    key_of,
    keys_of,
)

if TYPE_CHECKING:
    from authserver.composition import House

DAY = 86400


def assert_refused(answer: TestResponse, *texts: str) -> None:
    assert answer.status_code == 400
    assert "<title>Error:" in answer.text
    for text in texts:
        assert text in html.unescape(answer.text)


# -- creating ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ["live", "test"])
def test_AK1_a_new_key_has_the_format_of_the_product(developer: MakeDeveloper, environment: str) -> None:
    answer = developer().fill(NEW_KEY, name="CI", scopes=["read:realms"], environment=environment)
    assert answer.status_code == 200
    assert re.fullmatch(rf"rk_{environment}_[0-9A-Za-z]{{32}}", key_of(answer))


def test_AK3_a_key_is_shown_once(developer: MakeDeveloper) -> None:
    at = developer()
    key = key_of(at.fill(NEW_KEY, name="CI", scopes=["read:realms"]))
    for page in (KEYS, f"{KEYS}?tab=revoked", NEW_KEY):
        assert key not in at.get(page).text
    shown = at.get(KEYS).text
    assert f"rk_live_...{key[-4:]}" in shown
    assert not KEY.search(shown)
    assert key[-5:] not in shown


def test_AK3_neither_database_nor_log_holds_the_key(
    developer: MakeDeveloper, house: "House", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    key = key_of(developer().fill(NEW_KEY, name="CI", scopes=["read:realms"]))
    random_part = key.split("_")[2]
    assert "api_key.created" in caplog.text
    assert random_part not in caplog.text
    assert random_part not in str(state.of(house.database).tables)
    if not on_postgresql():
        for file in Path(house.settings.data_dir).glob("*.db*"):
            assert random_part.encode() not in file.read_bytes()


def test_the_answer_is_no_redirect_and_is_not_stored(developer: MakeDeveloper) -> None:
    answer = developer().fill(NEW_KEY, name="CI", scopes=["read:realms"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_was_chosen_is_what_the_key_is(
    developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    at.fill(
        NEW_KEY,
        name="  Nightly   build ",
        scopes=["write:realms", "read:realms"],
        environment="test",
        expires="30d",
        ip_allow="203.0.113.7\n\n2001:db8::/32\n",
        note="runs at night",
    )
    (key,) = keys_of(house, at)
    assert (key.name, key.environment, key.note) == ("Nightly build", "test", "runs at night")
    assert set(key.scope.split()) == {"read:realms", "write:realms"}
    assert key.expires_at == key.created_at + 30 * DAY
    assert key.ip_allow == ("203.0.113.7/32", "2001:db8::/32")


@pytest.mark.parametrize(("choice", "days"), [("30d", 30), ("60d", 60), ("90d", 90), ("365d", 365), ("never", None)])
def test_decision_49_the_five_lives(
    developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller, choice: str, days: int | None
) -> None:
    at = developer()
    assert choice in at.form(NEW_KEY, NEW_KEY).choices["expires"]
    at.fill(NEW_KEY, name="CI", scopes=["read:realms"], expires=choice)
    (key,) = keys_of(house, at)
    assert key.expires_at == (None if days is None else key.created_at + days * DAY)


def test_a_change_leaves_an_audit_event_without_the_key(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    key = key_of(at.fill(NEW_KEY, name="CI", scopes=["read:realms"]))
    (row,) = keys_of(house, at)
    (event,) = events_of(app, at, "api_key.created")
    assert (event.actor, event.details["key"]) == (at.user.id, row.id)
    assert key.split("_")[2] not in repr(event)


# -- once --------------------------------------------------------------------------------------------------------------


def test_sent_again_it_says_already_shown_and_makes_nothing(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    values = {**at.form(NEW_KEY, NEW_KEY).values, "name": "CI", "scopes": ["read:realms"]}
    first, second = at.post(NEW_KEY, values), at.post(NEW_KEY, {**values, "name": "changed"})
    assert key_of(first)
    assert second.status_code == 200
    assert "This key was already shown" in second.text
    assert not KEY.search(second.text)
    assert len(keys_of(house, at)) == 1


def test_sixteen_at_a_time_make_one_key(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    body = urlencode({**at.form(NEW_KEY, NEW_KEY).values, "name": "CI", "scopes": "read:realms"}, doseq=True)
    cookies = "; ".join(f"{one.key}={one.value}" for one in at.client._cookies.values())

    def press(_number: int) -> bool:
        answer = app.test_client(use_cookies=False).post(
            NEW_KEY, data=body, content_type="application/x-www-form-urlencoded", headers={"Cookie": cookies}
        )
        assert answer.status_code == 200
        return bool(KEY.search(answer.text))

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(press, range(16))) == 1
    assert len(keys_of(house, at)) == 1


def test_a_form_that_was_refused_can_be_sent_again(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    values = at.form(NEW_KEY, NEW_KEY).values
    assert at.post(NEW_KEY, {**values, "name": "", "scopes": ["read:realms"]}).status_code == 400
    assert at.post(NEW_KEY, {**values, "name": "CI", "scopes": ["admin"]}).status_code == 400
    assert key_of(at.post(NEW_KEY, {**values, "name": "CI", "scopes": ["read:realms"]}))
    assert len(keys_of(house, at)) == 1


def test_two_forms_make_two_keys(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    for _ in range(2):
        key_of(at.fill(NEW_KEY, name="CI", scopes=["read:realms"]))
    assert len(keys_of(house, at)) == 2


def test_the_fields_of_the_contract_are_enough(developer: MakeDeveloper) -> None:
    at = developer()
    token = at.form(NEW_KEY, NEW_KEY).values["csrf_token"]
    fields = {"name": "CI", "scopes": ["read:realms"], "environment": "live", "expires": "30d", "csrf_token": token}
    assert key_of(at.post(NEW_KEY, fields))


# -- inline errors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 101}, "1 to 100 visible characters"),
        ({"name": "a\u202eb"}, "1 to 100 visible characters"),
        ({"scopes": []}, "Choose at least one scope."),
        ({"scopes": ["read:realms", "manage"]}, "cannot carry the scope manage"),
        ({"scopes": ["openid"]}, "cannot carry the scope openid"),
        ({"scopes": ["nothing:known"]}, "cannot carry the scope nothing:known"),
        ({"environment": "staging"}, "Choose one of these."),
        ({"expires": "10000d"}, "Choose one of these."),
        ({"ip_allow": "somewhere"}, "Write addresses or networks"),
        ({"note": "n" * 501}, "at most 500 visible characters"),
    ],
)
def test_a_wish_that_breaks_a_rule_is_refused_beside_its_field(
    developer: MakeDeveloper, house: "House", fields: dict, text: str
) -> None:
    at = developer()
    before = state.of(house.database)
    wish = {"name": "CI", "scopes": ["read:realms"], "note": "kept", "environment": "test", **fields}
    answer = at.fill(NEW_KEY, **wish)
    assert_refused(answer, text)
    (field,) = fields
    assert f'id="{field}-error"' in answer.text
    assert state.of(house.database) == before


def test_all_values_are_kept(developer: MakeDeveloper) -> None:
    at = developer()
    answer = at.fill(
        NEW_KEY, name="", scopes=["read:realms", "delete:realms"], environment="test", expires="365d", note="kept note"
    )
    (form,) = [form for form in forms(answer.text) if form.action == NEW_KEY]
    assert form.values["scopes"] == ["read:realms", "delete:realms"]
    assert (form.values["environment"], form.values["expires"]) == (["test"], ["365d"])
    assert form.values["note"] == "kept note"


def test_AK4_a_key_is_never_wider_than_its_owner(developer: MakeDeveloper) -> None:
    offered = developer().form(NEW_KEY, NEW_KEY).choices["scopes"]
    assert "read:realms" in offered
    assert not {"admin", "manage", "openid", "profile", "email", "offline_access"} & set(offered)


def test_AD4_owner_tier_and_hint_in_the_form_are_ignored(developer: MakeDeveloper, house: "House") -> None:
    at, victim = developer(), developer()
    at.fill(
        NEW_KEY, name="CI", scopes=["read:realms"], user_id=victim.user.id, owner_id=victim.user.id, tier="premium",
        hint="x", audience="https://api.example", expires_in="1",
    )  # fmt: skip
    assert keys_of(house, victim) == []
    (key,) = keys_of(house, at)
    assert (key.user_id, key.audience) == (at.user.id, ())
    with unit_of_work(house.database):
        found = users.find(at.user.id)
    assert found is not None
    assert found.tier == "standard"


def test_without_a_csrf_token_nothing_is_made_and_what_was_typed_stays(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    answer = at.fill(NEW_KEY, name="Typed with care", scopes=["read:realms"], csrf_token="foreign")
    assert answer.status_code == 400
    assert "Typed with care" in answer.text
    assert keys_of(house, at) == []


# -- the prefilled page ------------------------------------------------------------------------------------------------


def test_the_address_prefills_and_submits_nothing(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    before = state.of(house.database)
    asked = [("name", "CI <b>"), ("scopes", "read:realms"), ("scopes", "write:realms"), ("expires", "365d")]
    form = at.form(f"{NEW_KEY}?{urlencode([*asked, ('environment', 'test')])}", NEW_KEY)
    assert form.values["name"] == "CI <b>"
    assert form.values["scopes"] == ["read:realms", "write:realms"]
    assert (form.values["expires"], form.values["environment"]) == (["365d"], ["test"])
    assert state.of(house.database) == before


def test_what_the_address_may_not_propose_is_left_out(developer: MakeDeveloper) -> None:
    asked = urlencode({"name": "n" * 5000, "scopes": "admin", "expires": "1000d", "environment": "prod", "note": "x"})
    form = developer().form(f"{NEW_KEY}?{asked}", NEW_KEY)
    assert form.values["name"] == "n" * 100
    assert "scopes" not in form.values
    assert (form.values["expires"], form.values["environment"], form.values["note"]) == (["90d"], ["live"], "")


def test_the_short_forms_of_the_address_do_too(developer: MakeDeveloper) -> None:
    asked = urlencode({"scopes": "read:realms write:realms", "env": "test"})
    form = developer().form(f"{NEW_KEY}?{asked}", NEW_KEY)
    assert form.values["scopes"] == ["read:realms", "write:realms"]
    assert form.values["environment"] == ["test"]
