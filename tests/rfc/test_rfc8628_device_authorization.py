"""RFC 8628 sections 3.1 and 3.2: a device gets its two codes (DV2, DV5)."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine

from authserver import clock
from authserver.cli.purge import expired
from authserver.models.unit_of_work import read
from authserver.oauth.device import ALPHABET, GRANT_TYPE
from tests.conftest import ISSUER
from tests.factories import make_client, within
from tests.relying_party import FORM, Local, RelyingParty
from tests.rfc.answers import refuses
from tests.rfc.conftest import MakeParty
from tests.rfc.devices import GRANTS, Device, device_of
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.fixture
def device(party: MakeParty) -> Device:
    return device_of(party)


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


def test_s3_1_the_client_proves_itself_as_registered(party: MakeParty, house: "House", row_counts: RowCounts) -> None:
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
