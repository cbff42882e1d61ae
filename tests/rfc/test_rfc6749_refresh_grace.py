"""The grace of refresh tokens (decision 17; case RF3)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from tests.relying_party import Credentials, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, refuses
from tests.rfc.conftest import MakeParty, Party, party_at
from tests.rfc.parallel import together
from tests.state import State

if TYPE_CHECKING:
    pass

RowCounts = Callable[[], State]
AppWith = Callable[..., Flask]
DAY = 86400
IDLE, ABSOLUTE = 30 * DAY, 180 * DAY


def test_RF3_direct_predecessor_gets_the_same_successor_within_the_grace(
    party: MakeParty, api: Credentials, frozen: time_machine.Traveller, token_format: str
) -> None:
    """Decision 17: a client whose answer was lost may ask again."""
    rp = party(access_token_format=token_format)
    first = granted(rp.authorize().redeem())
    second = granted(rp.refresh())
    frozen.shift(9)
    again = granted(rp.refresh(refresh_token=first["refresh_token"]))
    assert again["refresh_token"] == second["refresh_token"]
    assert again["access_token"] != second["access_token"]
    for tokens in (first, second, again):
        is_active(rp.introspect(tokens["access_token"], as_=api))
    granted(rp.refresh(refresh_token=second["refresh_token"]))


def test_RF3_however_many_in_parallel_the_successor_is_one(app: Flask, party: MakeParty, api: Credentials) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["refresh_token"]
    found = [granted(reply) for reply in together(12, lambda: _refreshed(app, rp, token))]
    assert len({tokens["refresh_token"] for tokens in found}) == 1
    assert len({tokens["access_token"] for tokens in found}) == 12
    for tokens in found:
        is_active(rp.introspect(tokens["access_token"], as_=api))


@pytest.mark.parametrize("age", [10, 11, 3600])
def test_RF3_predecessor_after_the_grace_is_reuse(party: MakeParty, frozen: time_machine.Traveller, age: int) -> None:
    rp = party()
    first = granted(rp.authorize().redeem())["refresh_token"]
    second = granted(rp.refresh())["refresh_token"]
    frozen.shift(age)
    refuses(rp.refresh(refresh_token=first), "invalid_grant")
    refuses(rp.refresh(refresh_token=second), "invalid_grant")


def test_RF3_predecessor_of_a_used_successor_is_reuse(party: MakeParty) -> None:
    rp = party()
    first = granted(rp.authorize().redeem())["refresh_token"]
    granted(rp.refresh())
    third = granted(rp.refresh())["refresh_token"]
    refuses(rp.refresh(refresh_token=first), "invalid_grant")  # a grandparent (DOT #1617)
    refuses(rp.refresh(refresh_token=third), "invalid_grant")


def test_RF3_replay_in_the_grace_does_not_lengthen_it(party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party()
    first = granted(rp.authorize().redeem())["refresh_token"]
    granted(rp.refresh())
    frozen.shift(8)
    granted(rp.refresh(refresh_token=first))
    frozen.shift(8)
    refuses(rp.refresh(refresh_token=first), "invalid_grant")


def test_RF3_grace_zero_switches_it_off(app_with: AppWith, frozen: time_machine.Traveller) -> None:
    rp = party_at(app_with(refresh_grace=0))
    first = granted(rp.authorize().redeem())["refresh_token"]
    second = granted(rp.refresh())["refresh_token"]
    refuses(rp.refresh(refresh_token=first), "invalid_grant")
    refuses(rp.refresh(refresh_token=second), "invalid_grant")


def test_RF3_another_client_has_no_grace(party: MakeParty, row_counts: RowCounts) -> None:
    rp, thief = party(), party()
    first = granted(rp.authorize().redeem())["refresh_token"]
    granted(rp.refresh())
    before = row_counts()
    refuses(thief.refresh(refresh_token=first), "invalid_grant")
    assert row_counts() == before
    granted(rp.refresh())


def _refreshed(app: Flask, rp: Party, token: str) -> Any:
    return RelyingParty(app.test_client(), rp.client, rp.secret).refresh(refresh_token=token)
