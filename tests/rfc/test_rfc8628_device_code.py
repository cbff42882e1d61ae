"""RFC 8628 sections 3.4 and 3.5: polling, and tokens once the person has said yes (DV1, DV3-DV5, DV7)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models import clients, grants, users
from tests.factories import make_resource_server, within
from tests.relying_party import Credentials, RelyingParty, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty
from tests.rfc.devices import GRANTS, Device, device_of
from tests.rfc.parallel import together
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
PARALLEL = 16


@pytest.fixture
def device(party: MakeParty) -> Device:
    return device_of(party)


# -- section 3.5: polling ----------------------------------------------------------------------------------------------


def test_DV1_pending_then_slow_down_and_five_seconds_more(device: Device, frozen: time_machine.Traveller) -> None:
    refuses(device.poll(), "authorization_pending")
    for interval in (5, 10, 15):
        frozen.shift(interval)
        refuses(device.poll(), "authorization_pending")
        frozen.shift(interval - 1)
        refuses(device.poll(), "slow_down")
    frozen.shift(19)
    refuses(device.poll(), "slow_down")  # 20 since
    frozen.shift(25)
    refuses(device.poll(), "authorization_pending")


def test_DV1_whoever_keeps_to_the_interval_is_never_slowed_down(device: Device, frozen: time_machine.Traveller) -> None:
    for _ in range(20):
        refuses(device.poll(), "authorization_pending")
        frozen.shift(5)


def test_DV1_the_answer_does_not_wait_for_the_interval(device: Device, frozen: time_machine.Traveller) -> None:
    refuses(device.poll(), "authorization_pending")
    device.answer("allow")
    assert device.poll().status_code == 200


def test_DV3_the_code_of_another_client(party: MakeParty, device: Device) -> None:
    device.answer("allow")
    thief = Device(party(grant_types=GRANTS))
    refuses(thief.poll(device_code=device.device_code), "invalid_grant")
    assert device.poll().status_code == 200


@pytest.mark.parametrize("decision", [None, "allow"])
def test_DV3_expired(device: Device, frozen: time_machine.Traveller, decision: str | None) -> None:
    frozen.shift(599)
    refuses(device.poll(), "authorization_pending")
    if decision is not None:
        device.answer(decision)
    frozen.shift(1)
    for _ in range(2):
        refuses(device.poll(), "expired_token")


def test_DV3_denied(device: Device) -> None:
    device.answer("deny")
    for _ in range(2):
        refuses(device.poll(), "access_denied")


@pytest.mark.parametrize("code", [None, "", "dc_", "dc_" + "A" * 43, "'", "é", "x" * 5000])
def test_DV3_no_such_code(device: Device, row_counts: RowCounts, code: str | None) -> None:
    before = row_counts()
    refuses(device.poll(device_code=code), "invalid_grant" if code else "invalid_request")
    assert row_counts() == before


def test_CR9_codes_of_other_kinds(device: Device) -> None:
    device.answer("allow")
    refuses(device.poll(device_code=device.user_code), "invalid_grant")
    refuses(device.poll(device_code=device.user_code.replace("-", "")), "invalid_grant")
    refuses(device.rp.token(grant_type="refresh_token", refresh_token=device.device_code), "invalid_grant")
    assert device.poll().status_code == 200


# -- section 3.5: tokens -----------------------------------------------------------------------------------------------


def test_s3_5_tokens_of_the_person_who_said_yes(
    party: MakeParty, api: Credentials, token_format: str, frozen: time_machine.Traveller
) -> None:
    device = device_of(party, scope="openid offline_access read:realms", access_token_format=token_format)
    frozen.shift(60)
    device.answer("allow")
    tokens = granted(device.poll())
    assert tokens["scope"] == "openid offline_access read:realms"
    claims = is_active(device.rp.introspect(as_=api))
    assert (claims["sub"], claims["client_id"]) == (device.rp.user.id, device.rp.client.client_id)
    identity = claims_of(tokens["id_token"])
    assert (identity["sub"], identity["aud"]) == (device.rp.user.id, device.rp.client.client_id)
    assert identity["auth_time"] <= identity["iat"] - 60
    assert "nonce" not in identity
    assert device.rp.userinfo().json["sub"] == device.rp.user.id
    assert granted(device.rp.refresh())["scope"] == tokens["scope"]


def test_decision_18_without_offline_access_there_is_no_refresh_token(device: Device) -> None:
    device.answer("allow")
    assert "refresh_token" not in granted(device.poll())


def test_RFC8707_the_audience_that_was_asked_for(house: "House", party: MakeParty) -> None:
    (own, own_secret), other = make_resource_server(house), make_resource_server(house)
    rp = party(grant_types=GRANTS, trusted=False, method="none")
    device = Device(rp, scope="read:realms", resource=own.audience)
    device.answer("allow")
    refuses(device.poll(resource=other[0].audience), "invalid_target")
    assert device.poll().status_code == 200
    is_active(rp.introspect(as_=(own, own_secret)))
    is_inactive(rp.introspect(as_=other))


def test_DV5_no_more_than_was_allowed(device: Device) -> None:
    device.answer("allow")
    refuses(device.poll(scope="openid read:realms write:realms"), "invalid_scope")
    assert granted(device.poll(scope="read:realms"))["scope"] == "read:realms"


def test_DV4_a_code_is_good_once_and_its_tokens_stay(device: Device, api: Credentials) -> None:
    device.answer("allow")
    assert device.poll().status_code == 200
    refuses(device.poll(), "invalid_grant")
    is_active(device.rp.introspect(as_=api))  # its answer may have been lost on the way: nothing ends by that


def test_DV4_sixteen_at_once_have_one_winner(app: Flask, device: Device) -> None:
    device.answer("allow")

    def redeem() -> tuple[int, str | None]:
        reply = Device.poll(_copy(app, device))
        return reply.status_code, reply.error

    answers = together(PARALLEL, redeem)
    assert sorted(answers, key=str) == [(200, None)] + [(400, "invalid_grant")] * (PARALLEL - 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_DV7_the_account_was_locked_after_the_start(house: "House", device: Device, when: str) -> None:
    if when == "after":
        device.answer("allow")
    else:
        page = device.look().form("/device").values
    with within(house):
        users.change(device.rp.user.id, disabled_at=1)
    if when == "before":
        device.rp._browse("POST", "/device", body="&".join(f"{name}={value}" for name, value in page.items()))
        refuses(device.poll(), "authorization_pending")
    else:
        refuses(device.poll(), "access_denied")


def test_DV7_the_person_took_it_back_before_the_tokens_came(house: "House", device: Device) -> None:
    device.answer("allow")
    with within(house):
        assert grants.revoke_of(user_id=device.rp.user.id, because="test") == 1
    refuses(device.poll(), "access_denied")


def test_decision_25_the_client_was_disabled(house: "House", party: MakeParty) -> None:
    device = device_of(party, method="client_secret_basic")
    device.answer("allow")
    with within(house):
        clients.change(device.rp.client.client_id, disabled_at=1)
    refuses(device.poll(), "invalid_client", 401)


def _copy(app: Flask, device: Device) -> Any:
    """The test client is not made for threads."""
    copy: Any = object.__new__(Device)
    copy.codes = device.codes
    copy.rp = RelyingParty(app.test_client(), device.rp.client, device.rp.secret)
    return copy
