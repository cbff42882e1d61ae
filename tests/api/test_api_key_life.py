"""Rotating and revoking at `/v1/api-keys`, by owners and by administrators (AK5, AK6)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models.api_keys import ApiKey
from authserver.models.users import User
from tests.api.conftest import PATH, Manage, Program, events, is_good, is_problem, mails
from tests.factories import make_api_key, make_user
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

KeysOf = Callable[[User], list[ApiKey]]
RowCounts = Callable[[], State]
DAY = 86400


# -- rotate and revoke -------------------------------------------------------------------------------------------------


def test_AK6_rotate_with_overlap(program: Manage, app: Flask, house: "House", frozen: time_machine.Traveller) -> None:
    mine = program()
    old = mine.create(name="CI", note="n").json
    answer = mine.send("POST", f"{PATH}/{old['id']}/rotate", json={"overlap": 600})
    assert answer.status_code == 201
    new = answer.json
    assert answer.headers["Location"] == f"{PATH}/{new['id']}"
    assert (new["replaces"], new["name"], new["scopes"], new["note"]) == (old["id"], "CI", ["read:realms"], "n")
    assert is_good(app, house, old["key"])
    assert is_good(app, house, new["key"])
    frozen.shift(600)
    assert not is_good(app, house, old["key"])
    assert is_good(app, house, new["key"])
    is_problem(mine.send("POST", f"{PATH}/{old['id']}/rotate"), 409)


@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"overlap": 0}}])
def test_decision_43_without_overlap_the_old_key_ends_at_once(
    program: Manage, app: Flask, house: "House", body: dict[str, Any]
) -> None:
    mine = program()
    old = mine.create().json
    assert mine.send("POST", f"{PATH}/{old['id']}/rotate", **body).status_code == 201
    assert not is_good(app, house, old["key"])


@pytest.mark.parametrize("overlap", [-1, 7 * DAY + 1, "1h", None, 1.5])
def test_decision_43_an_overlap_is_at_most_seven_days(program: Manage, row_counts: RowCounts, overlap: object) -> None:
    mine = program()
    path = f"{PATH}/{mine.create().json['id']}/rotate"
    before = row_counts()
    is_problem(mine.send("POST", path, json={"overlap": overlap}), 400)
    assert row_counts() == before


def test_AK5_revoke_ends_it_at_once_and_once(program: Manage, app: Flask, house: "House") -> None:
    mine = program()
    made = mine.create().json
    assert is_good(app, house, made["key"])
    answer = mine.send("DELETE", f"{PATH}/{made['id']}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert not is_good(app, house, made["key"])
    assert mine.send("DELETE", f"{PATH}/{made['id']}").status_code == 204
    shown = mine.send("GET", f"{PATH}/{made['id']}").json
    assert (shown["state"], shown["revoked_by"], shown["revoked_because"]) == ("revoked", mine.user.id, "owner")
    assert [tag for tag, _, _ in events(house, mine.user)].count("api_key.revoked") == 1
    assert mails(house, mine.user) == []


def test_AK6_sixteen_rotations_at_once_make_one_successor(program: Manage, app: Flask, keys_of: KeysOf) -> None:
    mine = program()
    path = f"{PATH}/{mine.create().json['id']}/rotate"

    def rotate(_: int) -> int:
        return Program(app.test_client(), mine.user, mine.token).send("POST", path, json={"overlap": 60}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(rotate, range(16))) == [201, *[409] * 15]
    assert len(keys_of(mine.user)) == 2


# -- administrators ----------------------------------------------------------------------------------------------------


def test_the_scope_admin_reaches_all_and_the_owner_is_told(program: Manage, app: Flask, house: "House") -> None:
    owner, _ = make_user(house)
    row, key = make_api_key(house, owner, name="nightly")
    chief = program("admin read:realms", is_admin=True)
    assert chief.send("GET", f"{PATH}/{row.id}").json["user_id"] == owner.id
    assert row.id in {item["id"] for item in chief.send("GET", query_string={"limit": "100"}).json["items"]}
    assert chief.send("DELETE", f"{PATH}/{row.id}").status_code == 204
    assert not is_good(app, house, key)
    (mail,) = mails(house, owner)
    assert "revoked" in mail
    assert f"nightly ({row.hint})" in mail
    assert f"/settings/api-keys/{row.id}" in mail
    assert key not in mail
    ((actor, details),) = [(who, what) for tag, who, what in events(house, owner) if tag == "api_key.revoked"]
    assert (actor, details["because"]) == (chief.user.id, "administrator")


def test_an_administrator_makes_keys_of_their_own_only(program: Manage, keys_of: KeysOf) -> None:
    chief = program("admin read:realms", is_admin=True)
    other = program()
    made = chief.create(user_id=other.user.id, owner=other.user.id).json
    assert made["user_id"] == chief.user.id
    assert keys_of(other.user) == []


def test_an_administrators_rotation_tells_the_owner(program: Manage, house: "House") -> None:
    owner, _ = make_user(house)
    row, _ = make_api_key(house, owner)
    chief = program("admin read:realms", is_admin=True)
    new = chief.send("POST", f"{PATH}/{row.id}/rotate").json
    assert new["user_id"] == owner.id
    assert ["replaced" in mail for mail in mails(house, owner)] == [True]


def test_pages_and_programs_see_the_same(program: Manage, keys_of: KeysOf) -> None:
    mine: Program = program()
    made = mine.create(name="one").json
    (row,) = keys_of(mine.user)
    assert (row.id, row.name, row.scope) == (made["id"], "one", "read:realms")
