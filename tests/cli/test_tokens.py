"""`authserver tokens`: what the operator sees of a credential, and ends."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.cli.conftest import Cli
from tests.factories import make_api_key, make_client, make_resource_server, make_user
from tests.pages.people import Browser
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture(params=["jwt", "opaque"])
def rp(request: pytest.FixtureRequest, http: FlaskClient, house: "House") -> RelyingParty:
    """A client whose user has just allowed it everything."""
    client, secret = make_client(house, access_token_format=request.param, scope="openid offline_access read:realms")
    user, password = make_user(house)
    rp = RelyingParty(http, client, secret)
    rp.sign_in(user, password).authorize(prompt="consent").consent().redeem()
    return rp


def seen(cli: Cli, token: str) -> dict[str, object]:
    done = cli("tokens", "introspect", "-o", "json", stdin=f"{token}\n")
    assert done.code == 0
    return done.json


def test_operator_sees_what_a_resource_server_sees(cli: Cli, rp: RelyingParty, house: "House") -> None:
    claims = seen(cli, rp.tokens["access_token"])
    api = make_resource_server(house)

    told = rp.introspect(as_=api).json

    assert told["active"] is True
    assert told.keys() <= claims.keys() | {"aud", "tier", "rate_limit", "cache_ttl"}
    assert all(claims[name] == value for name, value in told.items() if name in claims and name != "aud")
    assert cli("tokens", "introspect", rp.tokens["access_token"], "-o", "json").json == claims


def test_RFC7009_revoked_access_token_is_dead_and_its_grant_lives(cli: Cli, rp: RelyingParty) -> None:
    token = rp.tokens["access_token"]

    assert cli("tokens", "revoke", "-o", "json", stdin=token).json == {"revoked": True, "token_use": "access_token"}

    assert seen(cli, token) == {"active": False}
    assert rp.introspect(token).json == {"active": False}
    assert cli("tokens", "revoke", stdin=token).code == 3
    assert rp.refresh().status_code == 200


def test_RV3_revoked_refresh_token_ends_its_family(cli: Cli, rp: RelyingParty) -> None:
    refresh = rp.tokens["refresh_token"]
    assert seen(cli, refresh)["token_use"] == "refresh_token"

    assert cli("tokens", "revoke", "-", stdin=f"{refresh}\r\n").code == 0

    assert rp.refresh().error == "invalid_grant"
    assert rp.introspect().json == {"active": False}
    assert "revoked (operator)" in cli("tokens", "introspect", stdin=refresh).err


def test_RF_used_refresh_token_is_told_apart(cli: Cli, rp: RelyingParty) -> None:
    first = rp.tokens["refresh_token"]
    rp.refresh()

    assert seen(cli, first) == {"active": False}
    assert seen(cli, rp.tokens["refresh_token"])["active"] is True
    assert rp.refresh().status_code == 200  # looking was no use of it


def test_api_keys_with_the_reason_when_they_are_dead(cli: Cli, house: "House", frozen: time_machine.Traveller) -> None:
    user, _ = make_user(house)
    (_, expiring), (row, key) = make_api_key(house, user, expires_in=60), make_api_key(house, user)

    assert seen(cli, key).items() >= {"active": True, "key_id": row.id, "username": user.username}.items()
    assert cli("users", "disable", user.username).code == 0
    assert "owner is disabled" in cli("tokens", "introspect", stdin=key).err
    assert cli("users", "enable", user.username).code == 0
    assert cli("tokens", "revoke", stdin=key).code == 0
    assert seen(cli, key) == {"active": False}
    assert seen(cli, expiring)["active"] is True
    frozen.shift(61)
    assert seen(cli, expiring) == {"active": False}


@pytest.mark.parametrize(
    "text", ["", "x", "at_unknown", "rt_unknown", "rk_live_unknown", "ey.ey.ey", "a\x00b", "\U0001f511" * 9, "-o"]
)
def test_IN_any_string_is_merely_inactive(text: str, cli: Cli) -> None:
    assert seen(cli, text) == {"active": False}
    assert cli("tokens", "revoke", stdin=text).code == 3


def test_a_session_token_is_seen_and_ended_with_its_session(cli: Cli, app: Flask, house: "House") -> None:
    user, password = make_user(house)
    at = Browser(app)
    at.sign_in(user, password)
    token = at.get("/settings/session-token/current").json["session_token"]
    claims = seen(cli, token)
    assert claims == claims | {"active": True, "token_use": "session_token", "sub": user.id, "tier": "standard"}
    assert cli("tokens", "revoke", "-o", "json", stdin=f"{token}\n").json["token_use"] == "session_token"
    assert seen(cli, token) == {"active": False}
    assert at.get("/account/profile").status_code == 303
    assert cli("tokens", "revoke", stdin=f"{token}\n").code == 3
