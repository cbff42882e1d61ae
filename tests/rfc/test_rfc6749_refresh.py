"""Refresh tokens: rotation, reuse, limits (RFC 6749 section 6, RFC 9700 section 4.14.2; cases RF)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.accounts import credentials
from authserver.models import clients, grants, users
from authserver.oauth import withdrawal
from tests.factories import within
from tests.relying_party import Credentials, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty, Party, party_at
from tests.rfc.parallel import together
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
AppWith = Callable[..., Flask]
DAY = 86400
IDLE, ABSOLUTE = 30 * DAY, 180 * DAY


# -- rotation and reuse ------------------------------------------------------------------------------------------------


def test_s6_every_refresh_rotates_the_token(party: MakeParty, api: Credentials, token_format: str, method: str) -> None:
    rp = party(access_token_format=token_format, method=method)
    seen = [granted(rp.authorize().redeem())]
    for _ in range(3):
        seen.append(granted(rp.refresh()))
    assert len({tokens["refresh_token"] for tokens in seen}) == 4
    assert len({tokens["access_token"] for tokens in seen}) == 4
    for tokens in seen:  # rotation ends refresh tokens, not access tokens
        is_active(rp.introspect(tokens["access_token"], as_=api))


def test_RF1_rotated_out_token_ends_the_family(
    party: MakeParty, api: Credentials, frozen: time_machine.Traveller, token_format: str, method: str
) -> None:
    rp = party(access_token_format=token_format, method=method)
    first = granted(rp.authorize().redeem())
    second = granted(rp.refresh())
    third = granted(rp.refresh())
    frozen.shift(60)
    refuses(rp.refresh(refresh_token=first["refresh_token"]), "invalid_grant")
    for tokens in (first, second, third):
        is_inactive(rp.introspect(tokens["access_token"], as_=api))
        refuses(rp.refresh(refresh_token=tokens["refresh_token"]), "invalid_grant")


def test_RF1_reuse_leaves_another_family_of_the_same_client_alone(
    party: MakeParty, frozen: time_machine.Traveller
) -> None:
    rp = party()
    other = granted(rp.authorize().redeem())["refresh_token"]
    first = granted(rp.authorize().redeem())["refresh_token"]
    granted(rp.refresh())
    frozen.shift(60)
    refuses(rp.refresh(refresh_token=first), "invalid_grant")
    granted(rp.refresh(refresh_token=other))


def test_RF2_without_grace_sixteen_threads_have_one_winner_and_the_family_ends(app_with: AppWith) -> None:
    app = app_with(refresh_grace=0)
    rp = party_at(app)
    token = granted(rp.authorize().redeem())["refresh_token"]
    replies = together(16, lambda: _refreshed(app, rp, token))
    assert sorted(reply.status_code for reply in replies) == [200] + [400] * 15
    for reply in replies:
        if reply.status_code == 200:
            successor = granted(reply)["refresh_token"]
        else:
            refuses(reply, "invalid_grant")
    refuses(rp.refresh(refresh_token=successor), "invalid_grant")


# -- RF4, RF5 ----------------------------------------------------------------------------------------------------------


def test_RF4_other_client_is_refused_and_changes_nothing(party: MakeParty, row_counts: RowCounts, method: str) -> None:
    rp, thief = party(), party(method=method)
    token = granted(rp.authorize().redeem())["refresh_token"]
    before = row_counts()
    refuses(thief.refresh(refresh_token=token), "invalid_grant")
    assert row_counts() == before
    granted(rp.refresh())


@pytest.mark.parametrize("scope", ["openid read:realms write:realms", "admin", "delete:realms", 'a"b', "é"])
def test_RF5_wider_scope_is_invalid_scope_and_burns_nothing(
    party: MakeParty, row_counts: RowCounts, scope: str
) -> None:
    rp = party()
    granted(rp.authorize(scope="openid offline_access read:realms").redeem())
    before = row_counts()
    refuses(rp.refresh(scope=scope), "invalid_scope")
    assert row_counts() == before
    granted(rp.refresh())


def test_RF5_narrower_scope_is_good_and_the_original_is_regained(party: MakeParty, api: Credentials) -> None:
    rp = party()
    whole = "openid offline_access read:realms"
    granted(rp.authorize(scope=whole).redeem())
    narrow = granted(rp.refresh(scope="read:realms"))
    assert narrow["scope"] == is_active(rp.introspect(as_=api))["scope"] == "read:realms"
    assert "id_token" not in narrow
    again = granted(rp.refresh())
    assert again["scope"] == is_active(rp.introspect(as_=api))["scope"] == whole
    assert "id_token" in again


# -- RF6: limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "good"), [(IDLE - 1, True), (IDLE, False), (IDLE + 1, False)])
def test_RF6_unused_token_dies_at_the_idle_limit(
    party: MakeParty, frozen: time_machine.Traveller, age: int, good: bool
) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    frozen.shift(age)
    if good:
        granted(rp.refresh())
    else:
        refuses(rp.refresh(), "invalid_grant")


def test_RF6_sliding_never_passes_the_absolute_limit(party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    for _ in range(8):
        frozen.shift(22 * DAY)
        granted(rp.refresh())
    frozen.shift(4 * DAY - 1)  # the last second of the family
    granted(rp.refresh())
    frozen.shift(1)
    refuses(rp.refresh(), "invalid_grant")


# -- RF7, RF8 ----------------------------------------------------------------------------------------------------------


def test_RF7_reuse_is_recognised_after_a_restart(
    app_with: AppWith, party: MakeParty, api: Credentials, frozen: time_machine.Traveller
) -> None:
    rp = party()
    first = granted(rp.authorize().redeem())
    second = granted(rp.refresh())
    frozen.shift(60)
    restarted = RelyingParty(app_with().test_client(), rp.client, rp.secret)
    refuses(restarted.refresh(refresh_token=first["refresh_token"]), "invalid_grant")
    refuses(restarted.refresh(refresh_token=second["refresh_token"]), "invalid_grant")
    is_inactive(restarted.introspect(second["access_token"], as_=api))
    is_inactive(rp.introspect(second["access_token"], as_=api))


def test_RF7_successor_is_the_same_after_a_restart(app_with: AppWith, party: MakeParty) -> None:
    rp = party()
    first = granted(rp.authorize().redeem())["refresh_token"]
    second = granted(rp.refresh())["refresh_token"]
    restarted = RelyingParty(app_with().test_client(), rp.client, rp.secret)
    assert granted(restarted.refresh(refresh_token=first))["refresh_token"] == second


def _password_changed(house: "House", rp: Party) -> None:
    credentials.set_password(house.settings, rp.user, password="a-new-and-long-passphrase", actor="tests")


def _user_disabled(house: "House", rp: Party) -> None:
    credentials.disable(rp.user, actor="tests")


def _consent_withdrawn(house: "House", rp: Party) -> None:
    assert withdrawal.withdraw(user_id=rp.user.id, client_id=rp.client.client_id, actor=rp.user.id)


def _not_before_moved(house: "House", rp: Party) -> None:
    users.change(rp.user.id, not_before=clock.now() + 1)


def _grants_of_client_revoked(house: "House", rp: Party) -> None:
    grants.revoke_of(client_id=rp.client.client_id, because="tests")


@pytest.mark.parametrize(
    "end", [_password_changed, _user_disabled, _consent_withdrawn, _not_before_moved, _grants_of_client_revoked]
)
def test_RF8_what_the_grant_stands_on_is_gone(
    house: "House", party: MakeParty, api: Credentials, end: Callable[["House", Party], None], token_format: str
) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize().redeem())
    with within(house):
        end(house, rp)
    refuses(rp.refresh(), "invalid_grant")
    is_inactive(rp.introspect(as_=api))


def test_RF8_client_disabled_is_invalid_client(house: "House", party: MakeParty, api: Credentials) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    with within(house):
        clients.change(rp.client.client_id, disabled_at=1)
    refuses(rp.refresh(), "invalid_client", 401)
    is_inactive(rp.introspect(as_=api))


def test_RF8_signing_out_does_not_end_offline_access(party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    frozen.shift(DAY)  # the web session is long over
    granted(rp.refresh())


def test_s6_unknown_tokens_are_invalid_grant(party: MakeParty, row_counts: RowCounts) -> None:
    rp = party()
    tokens = granted(rp.authorize().redeem())
    flipped = tokens["refresh_token"][:-1] + ("A" if tokens["refresh_token"][-1] != "A" else "B")
    before = row_counts()
    for unknown in ("rt_", "x", "rt_" + "A" * 43, flipped, tokens["access_token"], tokens["id_token"], "é" * 1000):
        refuses(rp.refresh(refresh_token=unknown), "invalid_grant")
    assert row_counts() == before
    granted(rp.refresh())


def _refreshed(app: Flask, rp: Party, token: str) -> Any:
    return RelyingParty(app.test_client(), rp.client, rp.secret).refresh(refresh_token=token)
