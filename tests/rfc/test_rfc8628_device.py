"""RFC 8628, the side of the device: codes, polling, and tokens once the person has said yes (DV1, DV3-DV5, DV7)."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.cli.purge import expired
from authserver.models import clients, grants, users
from authserver.models.unit_of_work import read
from authserver.oauth.device import ALPHABET, GRANT_TYPE
from tests.conftest import ISSUER
from tests.factories import make_client, make_resource_server, within
from tests.relying_party import FORM, Credentials, Local, RelyingParty, claims_of
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


# -- section 3.2: both codes -------------------------------------------------------------------------------------------


def test_s3_2_the_answer(device: Device, method: str, party: MakeParty) -> None:
    answer = device_of(party, method=method).reply
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    codes = answer.json
    assert set(codes) == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
    }  # fmt: skip
    assert re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", codes["user_code"])
    assert codes["verification_uri"] == f"{ISSUER}/device"
    assert codes["verification_uri_complete"] == f"{ISSUER}/device?user_code={codes['user_code']}"
    assert (codes["expires_in"], codes["interval"]) == (600, 5)


def test_DV2_user_codes_are_drawn_from_twenty_to_the_eighth(device: Device) -> None:
    drawn = [Device(device.rp).user_code.replace("-", "") for _ in range(60)]
    assert len(ALPHABET) ** len(drawn[0]) >= 20**8
    assert len(set(drawn)) == len(drawn)
    assert set("".join(drawn)) == set(ALPHABET)  # 480 letters: one of twenty is missing once in 10^9 runs


def test_s5_neither_code_stands_in_the_database(house: "House", device: Device) -> None:
    with within(house):
        rows = repr(read().exec_driver_sql("SELECT * FROM device_codes").all())
    assert device.rp.client.client_id in rows
    for secret in (device.device_code, device.user_code, device.user_code.replace("-", "")):
        assert secret not in rows


def test_s3_1_the_client_proves_itself_as_registered(
    party: MakeParty, house: "House", row_counts: RowCounts
) -> None:
    rp = party(grant_types=GRANTS)
    before = row_counts()
    refuses(RelyingParty(rp.transport, rp.client, "wrong").post("/device_authorization", {}), "invalid_client", 401)
    refuses(rp.post("/device_authorization", {"client_id": rp.client.client_id}, headers={}), "invalid_client", 401)
    refuses(rp.post("/device_authorization", {}, headers={}), "invalid_client", 401)
    assert row_counts() == before


def test_s3_1_only_for_clients_that_are_registered_for_it(party: MakeParty, row_counts: RowCounts) -> None:
    rp = party()
    before = row_counts()
    refuses(rp.post("/device_authorization", {}), "unauthorized_client")
    refuses(rp.token(grant_type=GRANT_TYPE, device_code="dc_x"), "unauthorized_client")
    assert row_counts() == before


@pytest.mark.parametrize("scope", ["openid delete:realms", "nothing:known", 'read:realms"', "read:realms  openid", "é"])
def test_DV5_a_scope_that_the_client_may_not_ask_for(party: MakeParty, row_counts: RowCounts, scope: str) -> None:
    rp = party(grant_types=GRANTS, scope="openid read:realms")
    before = row_counts()
    refuses(rp.post("/device_authorization", {"scope": scope}), "invalid_scope")
    assert row_counts() == before


def test_s3_1_without_scope_the_client_s_own_list(party: MakeParty) -> None:
    device = device_of(party, scope=None)
    device.answer("allow")
    assert device.poll().json["scope"] == device.rp.client.scope


def test_RFC8707_an_unknown_resource(party: MakeParty, row_counts: RowCounts) -> None:
    rp = party(grant_types=GRANTS)
    before = row_counts()
    refuses(rp.post("/device_authorization", {"resource": "https://nobody.example"}), "invalid_target")
    assert row_counts() == before


def test_s3_1_only_a_form_by_post(machine: Local, device: Device, row_counts: RowCounts) -> None:
    before = row_counts()
    path, body = "/device_authorization", f"client_id={device.rp.client.client_id}"
    assert machine.send("GET", path, body=None, headers={}).status_code == 405
    for sent, kind, where in (
        ("{}", "application/json", path),
        (body, FORM, f"{path}?{body}"),
        (f"{body}&scope=openid&scope=profile", FORM, path),
        (f"{body}&scope=openid%00", FORM, path),
        (f"{body}&scope=%ff", FORM, path),
    ):
        refuses(machine.send("POST", where, body=sent, headers={"Content-Type": kind}), "invalid_request")
    assert row_counts() == before


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


def test_DV1_whoever_keeps_to_the_interval_is_never_slowed_down(
    device: Device, frozen: time_machine.Traveller
) -> None:
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


# -- around it ---------------------------------------------------------------------------------------------------------


def test_s4_metadata(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/oauth-authorization-server", body=None, headers={}).json
    assert document["device_authorization_endpoint"] == f"{ISSUER}/device_authorization"
    assert GRANT_TYPE in document["grant_types_supported"]


def test_a_client_of_this_grant_alone_needs_no_redirect_uri(house: "House") -> None:
    client, secret = make_client(
        house, type="native", token_endpoint_auth_method="none", grant_types=[GRANT_TYPE], redirect_uris=[]
    )
    assert (client.redirect_uris, client.response_types, secret) == ((), (), "")


def test_expired_codes_are_forgotten_after_a_day(
    house: "House", device: Device, frozen: time_machine.Traveller
) -> None:
    frozen.shift(600 + 86400)
    refuses(device.poll(), "expired_token")
    frozen.shift(1)
    with within(house):
        assert expired(house.settings, now=clock.now())["device_codes"] >= 1
    refuses(device.poll(), "invalid_grant")


def _copy(app: Flask, device: Device) -> Any:
    """The test client is not made for threads."""
    copy: Any = object.__new__(Device)
    copy.codes = device.codes
    copy.rp = RelyingParty(app.test_client(), device.rp.client, device.rp.secret)
    return copy
