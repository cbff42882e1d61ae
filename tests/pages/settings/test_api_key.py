"""One API key at its page: changing, rotating with an overlap, its use and its trail (AK3, AK6, AD1)."""

import html
import re
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver.models import api_keys as stored
from authserver.models import key_usage
from authserver.models.api_keys import Use
from authserver.models.key_usage import KeyUsage
from tests import state
from tests.factories import make_api_key, make_resource_server
from tests.pages.people import Browser, commit
from tests.pages.settings.developers import (
    KEY,
    KEYS,
    MakeDeveloper,
    events_of,
    without_trace,
)
from tests.pages.settings.keys import page_of, stored_key, text_of

if TYPE_CHECKING:
    from authserver.composition import House

HOUR, DAY = 3600, 86400


# -- what it shows -----------------------------------------------------------------------------------------------------


def test_the_page_shows_everything_but_the_key(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    api = make_resource_server(house)[0]
    row, key = make_api_key(
        house, at.user, name="Nightly <b>", note="on the big machine", scopes=("read:realms", "write:realms"),
        environment="test", ip_allow=("203.0.113.0/24",), audience=(api.audience,), expires_in=90 * DAY,
    )  # fmt: skip
    now = row.created_at
    commit(app, lambda: stored.used([Use(row.id, now, "203.0.113.9", api.client_id)]))
    page = at.get(page_of(row))
    assert page.status_code == 200
    shown = text_of(page.text)
    for fact in (
        "Nightly <b>", "on the big machine", "read:realms write:realms", "203.0.113.0/24", api.audience, row.hint,
        row.id, f"from 203.0.113.9 at {api.name}",
    ):  # fmt: skip
        assert str(fact) in shown
    assert key not in page.text
    assert not KEY.search(page.text)
    assert row.digest not in page.text
    assert "<b>Nightly" not in page.text.replace("<b><bdi>", "")
    assert " style=" not in page.text


def test_the_list_leads_to_it(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    assert f'href="{page_of(row)}"' in at.get(KEYS).text


@pytest.mark.parametrize("is_admin", [False, True])
@pytest.mark.parametrize(
    ("method", "action"), [("GET", ""), ("POST", ""), ("POST", "/rotate"), ("POST", "/end-overlap")]
)
def test_AD1_the_key_of_another_is_as_absent_as_none(
    developer: MakeDeveloper, house: "House", is_admin: bool, method: str, action: str
) -> None:
    owner, at = developer(), developer(is_admin=is_admin)
    row, _ = make_api_key(house, owner.user, name="somebody's key")
    token = at.form("/settings/api-keys/new", "/settings/api-keys/new").values["csrf_token"]
    before = state.of(house.database)
    send = at.get if method == "GET" else lambda path: at.post(path, {"csrf_token": token, "name": "taken"})
    foreign, absent = send(page_of(row, action)), send(f"{KEYS}/key_absent{action}")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert without_trace(foreign.text) == without_trace(absent.text)
    assert state.of(house.database) == before


def test_strangers_sign_in_first(at: Browser) -> None:
    for path in (f"{KEYS}/key_x", "/settings/usage"):
        assert at.get(path).headers["Location"].startswith("/login?next=")


def test_use_is_drawn_and_told(
    developer: MakeDeveloper, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    frozen.move_to(1795510800)  # a full hour
    at = developer()
    row, _ = make_api_key(house, at.user)
    hours = [
        (1795510800, 5, 0),
        (1795510800 - 2 * HOUR, 40, 3, 2),
        (1795510800 - 5 * DAY, 7, 0),
        (1795510800 - 31 * DAY, 900, 9),
    ]
    commit(app, lambda: key_usage.add(KeyUsage(row.id, *one) for one in hours))
    page = at.get(page_of(row)).text
    shown = text_of(page)
    assert "45 requests, 2 over the limit, 1 not allowed, up to 40 an hour" in shown
    assert "52 requests, 2 over the limit, 1 not allowed, up to 45 a day" in shown
    day, month = page.split("<figure")[1:3]
    assert (day.count("<title>"), month.count("<title>")) == (2, 2)
    assert re.search(r"<th scope=\"row\">24 Nov, 07:00</th><td[^>]*>40</td><td[^>]*>2</td><td[^>]*>1</td>", day), day


def test_a_key_that_was_never_used_says_so(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    page = at.get(page_of(row)).text
    assert "No request in the last 30 days." in page
    assert '<svg class="bars"' not in page


# -- change ------------------------------------------------------------------------------------------------------------


def test_name_note_and_addresses_are_changed(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user, note="old", ip_allow=("203.0.113.7",))
    form = at.form(page_of(row), page_of(row)).values
    assert (form["name"], form["note"], str(form["ip_allow"]).strip()) == (row.name, "old", "203.0.113.7/32")
    answer = at.fill(page_of(row), name=" Deploy  key ", note="new", ip_allow="192.0.2.0/24\n")
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(row))
    kept = stored_key(app, row)
    assert (kept.name, kept.note, kept.ip_allow) == ("Deploy key", "new", ("192.0.2.0/24",))
    assert (kept.scope, kept.environment, kept.expires_at, kept.digest) == (
        row.scope,
        row.environment,
        row.expires_at,
        row.digest,
    )
    (event,) = events_of(app, at, "api_key.changed")
    assert event.details["changed"] == ["name", "note", "ip_allow"]
    assert "Changed name, note, ip_allow" in text_of(at.get(page_of(row)).text)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 101}, "1 to 100 visible characters"),
        ({"note": "n" * 501}, "at most 500 visible characters"),
        ({"ip_allow": "somewhere"}, "Write addresses or networks"),
        ({"csrf_token": "foreign"}, "open for too long"),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused_beside_its_field(
    developer: MakeDeveloper, house: "House", fields: dict[str, str], text: str
) -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    before = state.of(house.database)
    answer = at.fill(page_of(row), **{"name": "typed with care", **fields})
    assert answer.status_code == 400
    assert "<title>Error:" in answer.text
    assert text in html.unescape(answer.text)
    assert state.of(house.database) == before


def test_AD4_what_a_key_may_do_never_changes(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    at.fill(page_of(row), scopes=["delete:realms"], environment="test", expires="never", user_id="usr_x", name="new")
    kept = stored_key(app, row)
    assert (kept.scope, kept.environment, kept.expires_at, kept.user_id) == ("read:realms", "live", None, at.user.id)
