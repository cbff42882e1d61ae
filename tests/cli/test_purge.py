"""`authserver purge`: forgets what has expired, and nothing by which a replay must be recognised."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask.testing import FlaskClient

from tests.cli.conftest import Cli
from tests.factories import make_client, make_key_client, make_user
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

DAY = 86400


@pytest.fixture
def rp(http: FlaskClient, house: "House", frozen: time_machine.Traveller) -> RelyingParty:
    client, secret = make_client(house, access_token_format="opaque", scope="read:realms")
    user, password = make_user(house)
    rp = RelyingParty(http, client, secret)
    rp.sign_in(user, password).authorize(prompt="consent").consent().redeem()
    return rp


def test_expired_access_tokens_and_requests_go(cli: Cli, rp: RelyingParty, frozen: time_machine.Traveller) -> None:
    assert cli("purge", "-o", "json").json["authorization_codes"] == 0
    frozen.shift(2 * DAY)

    counts = cli("purge", "-o", "json").json

    assert counts["access_tokens"] >= 1
    assert counts["authorization_requests"] >= 1
    assert rp.refresh().status_code == 200


def test_decision_16_code_replayed_after_a_purge_still_ends_its_grant(
    cli: Cli, rp: RelyingParty, frozen: time_machine.Traveller
) -> None:
    code = rp.code
    frozen.shift(20 * DAY)
    assert cli("purge").code == 0

    assert rp.refresh().status_code == 200
    assert rp.redeem(code=code).error == "invalid_grant"

    assert rp.refresh().error == "invalid_grant"
    assert rp.introspect().json == {"active": False}


def test_RF1_refresh_token_replayed_after_a_purge_still_ends_its_family(
    cli: Cli, rp: RelyingParty, frozen: time_machine.Traveller
) -> None:
    first = rp.tokens["refresh_token"]
    for _ in range(2):  # past the idle limit of the first, well within the life of the family
        frozen.shift(20 * DAY)
        assert rp.refresh().status_code == 200
    assert cli("purge").code == 0

    assert rp.refresh(refresh_token=first).error == "invalid_grant"

    assert rp.refresh().error == "invalid_grant"


def test_what_no_family_can_need_goes(cli: Cli, rp: RelyingParty, frozen: time_machine.Traveller) -> None:
    code = rp.code
    frozen.shift(400 * DAY)

    counts = cli("purge", "-o", "json").json

    assert counts["authorization_codes"] >= 1
    assert counts["refresh_tokens"] >= 1
    assert rp.redeem(code=code).error == "invalid_grant"


def test_CA6_the_ids_of_assertions_go_when_no_assertion_with_them_can_be_good(
    cli: Cli, http: FlaskClient, house: "House", frozen: time_machine.Traveller
) -> None:
    machine = RelyingParty(http, *make_key_client(house, type="machine"))
    assert machine.token(grant_type="client_credentials").status_code == 200
    assert cli("purge", "-o", "json").json["spent_ids"] == 0
    frozen.shift(2 * DAY)
    assert cli("purge", "-o", "json").json["spent_ids"] == 1


def test_audit_events_go_only_when_asked(own_cli: Cli, frozen: time_machine.Traveller) -> None:
    own_cli("scopes", "add", "old:event")
    frozen.shift(100 * DAY)
    own_cli("scopes", "add", "new:event")

    assert "audit_events" not in own_cli("purge", "-o", "json").json
    assert own_cli("purge", "--audit-older-than", "90d", "-o", "json").json["audit_events"] == 1
    assert [event["details"]["scope"] for event in own_cli("audit", "export", "-o", "json").json] == ["new:event"]
