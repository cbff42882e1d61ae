"""The introspection endpoint (RFC 7662): who may ask, how, and what is told of access tokens (cases IN1, IN3-IN6)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models import clients, links
from authserver.models.users import User
from tests.factories import make_api_key, make_client, make_resource_server, make_user, within
from tests.relying_party import FORM, Credentials, Local, Reply, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
AppWith = Callable[..., Flask]
Recorded = AbstractContextManager[list[str]]
TOKEN_CLAIMS = {
    "active", "token_type", "token_use", "scope", "client_id", "sub", "username", "iss", "aud", "iat", "exp", "jti",
    "tier", "rate_limit", "cache_ttl",
}  # fmt: skip


def _ask(machine: Local, as_: Credentials | None, **fields: Any) -> Reply:
    headers = {"Authorization": basic(as_[0].client_id, as_[1])} if as_ else {}
    return machine.send("POST", "/introspect", body=encoded(fields), headers={"Content-Type": FORM, **headers})


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


# -- section 2.2: the answer -------------------------------------------------------------------------------------------


def test_s2_2_access_token_of_either_format_has_the_same_claims(
    house: "House", party: MakeParty, api: Credentials, frozen: time_machine.Traveller, token_format: str
) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize(scope="openid read:realms").redeem())
    claims = is_active(rp.introspect(as_=api))
    assert set(claims) == TOKEN_CLAIMS | {"auth_time", "acr"}  # RFC 9470 section 6.2
    issuer = house.settings.issuer
    assert claims["aud"] == [issuer, api[0].audience]  # unbound: the issuer and whoever asks
    assert (claims["iss"], claims["sub"], claims["username"]) == (issuer, rp.user.id, rp.user.username)
    assert (claims["token_type"], claims["token_use"]) == ("Bearer", "access_token")
    assert (claims["scope"], claims["client_id"]) == ("openid read:realms", rp.client.client_id)
    assert claims["exp"] - claims["iat"] == 900


def test_s2_2_confidential_client_may_ask_about_its_own_tokens_only(
    house: "House", party: MakeParty, token_format: str
) -> None:
    """Decision 25."""
    rp, other = party(access_token_format=token_format), party()
    granted(rp.authorize().redeem())
    assert is_active(rp.introspect())["aud"] == [house.settings.issuer]
    is_inactive(rp.introspect(as_=(other.client, other.secret)))


# -- IN1: who may ask --------------------------------------------------------------------------------------------------


def test_IN1_without_good_authentication_nothing_is_told(
    house: "House", party: MakeParty, machine: Local, api: Credentials, owner: User, row_counts: RowCounts
) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["access_token"]
    _, key = make_api_key(house, owner)
    public, _ = make_client(house, type="spa")
    before = row_counts()
    answers = []
    for presented in (token, key, "unknown", "at_x", token[:-1]):
        answers += [
            _ask(machine, None, token=presented),
            _ask(machine, (api[0], "wrong"), token=presented),
            _ask(machine, None, token=presented, client_id=public.client_id),
            _ask(machine, None, token=presented, client_id=api[0].client_id),
        ]
    for reply in answers:
        refuses(reply, "invalid_client", 401)
    assert len({reply.text for reply in answers}) == 1
    assert row_counts() == before


def test_IN1_public_client_may_not_ask_about_its_own_token(party: MakeParty, machine: Local) -> None:
    rp = party(method="none")
    token = granted(rp.authorize().redeem())["access_token"]
    refuses(_ask(machine, None, token=token, client_id=rp.client.client_id), "invalid_client", 401)


def test_IN1_disabled_resource_server_is_invalid_client(
    house: "House", party: MakeParty, machine: Local, api: Credentials
) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    with within(house):
        clients.change(api[0].client_id, disabled_at=1)
    refuses(rp.introspect(as_=api), "invalid_client", 401)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_IN1_resource_server_authenticates_by_its_method(house: "House", party: MakeParty, method: str) -> None:
    server = make_resource_server(house, token_endpoint_auth_method=method)
    rp = party()
    granted(rp.authorize().redeem())
    is_active(rp.introspect(as_=server))


# -- IN3-IN6 -----------------------------------------------------------------------------------------------------------


def test_IN3_token_missing_or_twice_is_invalid_request(machine: Local, api: Credentials) -> None:
    refuses(_ask(machine, api), "invalid_request")
    refuses(_ask(machine, api, token=""), "invalid_request")
    refuses(_ask(machine, api, token=["a", "b"]), "invalid_request")
    refuses(_ask(machine, api, token=["a", "a"]), "invalid_request")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_IN3_other_methods_are_405(machine: Local, api: Credentials, method: str) -> None:
    headers = {"Authorization": basic(api[0].client_id, api[1])}
    reply = machine.send(method, "/introspect?token=x", body=None, headers=headers)
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "POST"


@pytest.mark.parametrize(("name", "value"), [("cost", "-1"), ("cost", "x"), ("cost", "1.5"), ("cost", "1" * 10)])
def test_IN3_malformed_cost_is_invalid_request(machine: Local, api: Credentials, name: str, value: str) -> None:
    refuses(_ask(machine, api, token="x", **{name: value}), "invalid_request")


@pytest.mark.parametrize("address", ["x", "1.2.3", "1.2.3.4/8", "::g", "1.2.3.4, 5.6.7.8"])
def test_IN3_malformed_ip_is_invalid_request(machine: Local, api: Credentials, address: str) -> None:
    refuses(_ask(machine, api, token="x", ip=address), "invalid_request")


def test_IN4_bound_token_is_active_only_for_its_audience(
    house: "House", party: MakeParty, api: Credentials, token_format: str
) -> None:
    other = make_resource_server(house)
    rp = party(access_token_format=token_format)
    granted(rp.authorize(resource=api[0].audience).redeem())
    assert is_active(rp.introspect(as_=api))["aud"] == [api[0].audience]
    is_inactive(rp.introspect(as_=other))
    assert is_active(rp.introspect())["aud"] == [api[0].audience]  # its own client


def test_IN4_bound_key_is_active_only_for_its_audience(
    house: "House", machine: Local, api: Credentials, owner: User
) -> None:
    other = make_resource_server(house)
    _, key = make_api_key(house, owner, audience=(api[0].audience,))
    assert is_active(_ask(machine, api, token=key))["aud"] == [api[0].audience]
    is_inactive(_ask(machine, other, token=key))


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "api_key", "nonsense", "é"])
def test_IN5_wrong_or_unknown_hint_still_finds_the_token(
    house: "House", party: MakeParty, api: Credentials, owner: User, token_format: str, hint: str
) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize().redeem())
    is_active(rp.introspect(as_=api, token_type_hint=hint))
    _, key = make_api_key(house, owner)
    is_active(rp.introspect(key, as_=api, token_type_hint=hint))


def test_IN6_no_other_kind_of_secret_is_active(
    house: "House", party: MakeParty, api: Credentials, row_counts: RowCounts
) -> None:
    rp = party()
    tokens = granted(rp.authorize().redeem())
    code = rp.authorize().code
    with within(house):
        reset = links.issue("reset", ttl=3600, user_id=rp.user.id)
    before = row_counts()
    for as_ in (api, None):
        for token in (tokens["refresh_token"], tokens["id_token"], code, reset, rp.secret, rp.client.client_id):
            is_inactive(rp.introspect(token, as_=as_))
    assert row_counts() == before
    granted(rp.redeem())
