"""The last administrator stays, also when two remove each other at once (AD5)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.models import api_keys, grants, users
from tests import state
from tests.cli.conftest import Cli
from tests.factories import make_api_key, make_user, unique, within
from tests.pages.admin.administrators import Administrator, events
from tests.pages.people import commit, is_revoked, open_grant, reload

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.mark.parametrize("deed", ["disable", "remove-admin"])
def test_AD5_the_last_administrator_stays(alone: Administrator, own_cli: Cli, deed: str) -> None:
    make_user(alone.app.extensions["authserver.house"])
    make_user(alone.app.extensions["authserver.house"], is_admin=True, disabled_at=1)  # does not count
    before = state.of(alone.app.extensions["authserver.house"].database)
    asked = alone.get(f"/admin/users/{alone.user.id}/{deed}").text
    assert "This is the only administrator." in asked
    token = alone.form(f"/admin/users/{alone.user.id}/end-sessions").values["csrf_token"]
    refused = alone.post(f"/admin/users/{alone.user.id}/{deed}", {"csrf_token": token})
    assert refused.status_code == 409
    assert "This is the only administrator." in refused.text
    done = own_cli("users", deed, alone.user.username)
    assert done.code == 5
    assert "only administrator" in done.err
    assert state.of(alone.app.extensions["authserver.house"].database) == before
    assert events(alone.app, actor=alone.user.id) == []


@pytest.mark.parametrize("deed", ["disable", "remove-admin"])
def test_AD5_one_of_two_may_go(alone: Administrator, deed: str) -> None:
    other = Administrator(alone.app)
    answer = alone.carry_out(f"/admin/users/{alone.user.id}/{deed}")
    assert (answer.status_code, answer.location) == (303, "/")
    assert alone.get("/admin").status_code in {303, 403}
    assert other.get("/admin").status_code == 200
    assert reload(alone.app, other.user).is_admin


@pytest.mark.parametrize("deed", ["disable", "remove-admin"])
def test_AD5_two_who_remove_each_other_at_once_leave_one(alone: Administrator, deed: str) -> None:
    for _ in range(5):
        pair = [alone, Administrator(alone.app)]
        forms = [at.form(f"/admin/users/{other.user.id}/{deed}") for at, other in (pair, pair[::-1])]
        with ThreadPoolExecutor(2) as pool:
            sent = [pool.submit(at.post, form.action, form.values) for at, form in zip(pair, forms, strict=True)]
            assert {one.result().status_code for one in sent} <= {303, 403, 409}
        left = [at for at in pair if reload(alone.app, at.user).is_admin and reload(alone.app, at.user).enabled]
        assert len(left) == 1
        assert commit(alone.app, users.administrators) == 1
        alone = left[0]


def test_AD5_dismissal_ends_what_only_an_administrator_can_give(
    administrator: Administrator, app: Flask, house: "House", cli: Cli
) -> None:
    name = unique("ops")
    assert cli("scopes", "add", name, "--reserved").code == 0
    user, _ = make_user(house, is_admin=True)
    plain = open_grant(app, user)
    reserved = f"{plain}-reserved"
    with within(house):
        row = grants.find(plain)
        assert row is not None
        grants.open_(replace(row, id=reserved, scope=f"openid {name}"))
    wide, _ = make_api_key(house, user, scopes=("read:realms", name))
    narrow, _ = make_api_key(house, user)
    administrator.done(f"/admin/users/{user.id}/remove-admin")
    assert not is_revoked(app, plain)
    assert is_revoked(app, reserved)
    with within(house):
        left = [key.id for key in api_keys.every(user_id=user.id) if key.revoked_at is None]
    assert left == [narrow.id]
    assert wide.id not in left
    assert cli("scopes", "remove", name).code == 0
