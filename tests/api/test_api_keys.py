"""`/v1/api-keys` over HTTP: the life of a key for programs (contract, Management API)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models.api_keys import ApiKey
from authserver.models.users import User
from tests.api.conftest import PATH, Manage, events, is_good, is_problem
from tests.factories import make_resource_server
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

KeysOf = Callable[[User], list[ApiKey]]
RowCounts = Callable[[], State]
DAY = 86400


# -- create ------------------------------------------------------------------------------------------------------------


def test_a_key_is_created_and_shown_this_once(
    program: Manage, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    mine, api = program(), make_resource_server(house)[0]
    wish = {
        "name": " Nightly  build ", "scopes": ["write:realms", "read:realms"], "environment": "test",
        "expires_in": 30 * DAY, "ip_allow": ["203.0.113.7"], "audience": [api.audience], "note": "runs at night",
    }  # fmt: skip
    answer = mine.create(**wish)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json
    assert answer.headers["Location"] == f"{PATH}/{made['id']}"
    assert made["key"].startswith("rk_test_")
    assert made["hint"] == f"rk_test_...{made['key'][-4:]}"
    assert (made["name"], made["scopes"], made["note"]) == (
        "Nightly build",
        ["read:realms", "write:realms"],
        "runs at night",
    )
    assert (made["environment"], made["ip_allow"], made["audience"]) == ("test", ["203.0.113.7/32"], [api.audience])
    assert made["expires_at"] == made["created_at"] + 30 * DAY
    assert (made["user_id"], made["state"], made["last_used_at"]) == (mine.user.id, "live", None)
    for later in (mine.send("GET"), mine.send("GET", f"{PATH}/{made['id']}")):
        assert made["key"] not in later.text
        assert '"key"' not in later.text
    ((tag, actor, details),) = events(house, mine.user)
    assert (tag, actor, details["key"]) == ("api_key.created", mine.user.id, made["id"])


@pytest.mark.parametrize("expires", [{}, {"expires_in": None}])
def test_decision_43_without_expires_in_a_key_never_expires(
    program: Manage, app: Flask, house: "House", expires: dict[str, Any]
) -> None:
    made = program().create(**expires).json
    assert made["expires_at"] is None
    assert is_good(app, house, made["key"])


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": " "}, "#/name"),
        ({"name": "x" * 101}, "#/name"),
        ({"name": "a\u202eb"}, "#/name"),
        ({"name": 7}, "#/name"),
        ({"scopes": []}, "#/scopes"),
        ({"scopes": "read:realms"}, "#/scopes"),
        ({"scopes": [7]}, "#/scopes/0"),
        ({"scopes": ["no:such"]}, "#/scopes"),
        ({"scopes": ["manage"]}, "#/scopes"),
        ({"environment": "prod"}, "#/environment"),
        ({"expires_in": 0}, "#/expires_in"),
        ({"expires_in": -1}, "#/expires_in"),
        ({"expires_in": True}, "#/expires_in"),
        ({"expires_in": "90d"}, "#/expires_in"),
        ({"expires_in": 10**12}, "#/expires_in"),
        ({"ip_allow": ["nowhere"]}, "#/ip_allow"),
        ({"ip_allow": ["::/0"] * 51}, "#/ip_allow"),
        ({"audience": ["https://unknown.example"]}, "#/audience"),
        ({"note": "x" * 501}, "#/note"),
        ({"scope": "read:realms"}, "#/scope"),
        ({"a/b~c": 1}, "#/a~1b~0c"),
    ],
)
def test_a_wish_that_cannot_be_granted_names_the_member(
    program: Manage, row_counts: RowCounts, wish: dict[str, Any], pointer: str
) -> None:
    mine = program()
    before = row_counts()
    problem = is_problem(mine.create(**wish), 400)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert row_counts() == before


@pytest.mark.parametrize("name", ["name", "scopes", "environment"])
def test_what_must_be_there(program: Manage, name: str) -> None:
    body = {"name": "CI", "scopes": ["read:realms"], "environment": "live"}
    problem = is_problem(program().send("POST", json={key: body[key] for key in body if key != name}), 400)
    assert problem["errors"] == [{"pointer": f"#/{name}", "detail": "is missing"}]


# -- list and show -----------------------------------------------------------------------------------------------------


def test_decision_47_a_list_comes_in_pages_newest_first(
    program: Manage, house: "House", frozen: time_machine.Traveller
) -> None:
    mine = program()
    made = []
    for number in range(7):
        made.append(mine.create(name=f"key {number}").json["id"])
        frozen.shift(number % 2)  # some in the same second
    seen, cursor = [], None
    for size in (3, 3, 1):
        page = mine.send("GET", query_string={"limit": "3", **({"cursor": cursor} if cursor else {})}).json
        assert set(page) == {"items", "next"}
        assert len(page["items"]) == size
        seen += page["items"]
        cursor = page["next"]
    assert cursor is None
    assert sorted(item["id"] for item in seen) == sorted(made)
    assert [item["created_at"] for item in seen] == sorted((item["created_at"] for item in seen), reverse=True)


def test_a_list_holds_dead_keys_and_says_so(program: Manage, frozen: time_machine.Traveller) -> None:
    mine = program()
    live, short, dead = (mine.create(expires_in=expires).json["id"] for expires in (None, 60, None))
    mine.send("DELETE", f"{PATH}/{dead}")
    frozen.shift(60)
    states = {item["id"]: item["state"] for item in mine.send("GET").json["items"]}
    assert states == {live: "live", short: "expired", dead: "revoked"}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"limit": "1;drop"}, {"limit": "１"}, {"limit": "9" * 5000},
        {"cursor": "x"}, {"cursor": "!!"}, {"cursor": "MSBrZXlfJyBPUiAxPTE"}, {"cursor": "é"}, {"sort": "id"},
        {"order_by": "digest"}, {"limit": ["1", "2"]},
    ],
)  # fmt: skip
def test_AD6_paging_cannot_be_injected(program: Manage, query: dict[str, Any]) -> None:
    is_problem(program().send("GET", query_string=query), 400)


def test_one_key_is_shown_as_in_the_list(program: Manage) -> None:
    mine = program()
    made = mine.create().json
    shown = mine.send("GET", f"{PATH}/{made['id']}").json
    assert shown == mine.send("GET").json["items"][0]
    assert {**shown, "key": made["key"]} == made
    assert mine.send("HEAD", f"{PATH}/{made['id']}").data == b""


# -- change ------------------------------------------------------------------------------------------------------------


def test_name_note_and_addresses_can_be_changed(program: Manage, app: Flask, house: "House") -> None:
    mine = program()
    made = mine.create(note="old").json
    path = f"{PATH}/{made['id']}"
    changed = mine.send("PATCH", path, json={"name": "Deploy", "ip_allow": ["192.0.2.0/24"]})
    assert changed.status_code == 200
    assert (changed.json["name"], changed.json["note"], changed.json["ip_allow"]) == ("Deploy", "old", ["192.0.2.0/24"])
    assert changed.json == mine.send("GET", path).json
    assert not is_good(app, house, made["key"])
    assert is_good(app, house, made["key"], ip="192.0.2.9")
    ((actor, details),) = [(who, what) for tag, who, what in events(house, mine.user) if tag == "api_key.changed"]
    assert (actor, details["changed"]) == (mine.user.id, ["name", "ip_allow"])


def test_a_change_of_nothing_is_no_change(program: Manage, house: "House") -> None:
    mine = program()
    made = mine.create().json
    for body in ({}, {"name": "CI"}):
        assert mine.send("PATCH", f"{PATH}/{made['id']}", json=body).status_code == 200
    assert [tag for tag, _, _ in events(house, mine.user)] == ["api_key.created"]


@pytest.mark.parametrize(
    "change",
    [{"scopes": ["write:realms"]}, {"environment": "test"}, {"expires_in": None}, {"audience": []}, {"name": ""}],
)
def test_what_a_key_may_do_never_changes(program: Manage, row_counts: RowCounts, change: dict[str, Any]) -> None:
    mine = program()
    path = f"{PATH}/{mine.create().json['id']}"
    before = row_counts()
    is_problem(mine.send("PATCH", path, json=change), 400)
    assert row_counts() == before


def test_a_revoked_key_is_not_changed(program: Manage) -> None:
    mine = program()
    path = f"{PATH}/{mine.create().json['id']}"
    mine.send("DELETE", path)
    is_problem(mine.send("PATCH", path, json={"name": "again"}), 409)
