"""How long a resource server may keep an answer of /introspect: longer where it follows the revocation feed."""

from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.accounts import sessions
from authserver.accounts.visitor import Visitor
from authserver.models.unit_of_work import unit_of_work as opened
from authserver.models.users import User
from authserver.oauth import session_tokens
from tests.factories import make_api_key, make_resource_server, make_user, within
from tests.relying_party import Credentials, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active
from tests.rfc.conftest import MakeParty
from tests.rfc.feed import exchanged

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


def test_cache_ttl_is_longer_for_who_follows(party: MakeParty, api: Credentials, token_format: str) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize(scope="openid read:realms").redeem())
    plain = is_active(rp.introspect(as_=api))
    assert plain["cache_ttl"] == 30
    assert "gid" not in plain
    following = is_active(rp.introspect(as_=api, follows="revocations"))
    assert following["cache_ttl"] == 300
    if token_format == "jwt":
        assert following["gid"] == claims_of(rp.tokens["access_token"])["gid"]
    assert is_active(rp.introspect(as_=api, follows="anything"))["cache_ttl"] == 30


def test_cache_ttl_never_outlives_the_credential(
    party: MakeParty, api: Credentials, frozen: time_machine.Traveller
) -> None:
    rp = party()
    granted(rp.authorize(scope="openid read:realms").redeem())
    frozen.shift(900 - 100)
    assert is_active(rp.introspect(as_=api, follows="revocations"))["cache_ttl"] == 100


def test_cache_ttl_of_a_key(house: "House", party: MakeParty, api: Credentials, owner: User) -> None:
    rp, (_, key) = party(), make_api_key(house, owner)
    assert is_active(rp.introspect(key, as_=api, follows="revocations"))["cache_ttl"] == 300


def test_cache_ttl_stays_short_where_an_end_is_not_announced(
    house: "House", app: Flask, party: MakeParty, api: Credentials, owner: User
) -> None:
    """A session ends by being idle, and a key that was exchanged by its own time."""
    rp, (_, key) = party(), make_api_key(house, owner)
    agent = exchanged(house, app, api, key)
    assert is_active(agent.introspect(as_=api, follows="revocations"))["cache_ttl"] == 30
    visitor = Visitor("192.0.2.1", "tests", "0" * 64)
    with within(house):
        started = sessions.start(house.settings, user=owner, visitor=visitor)
    with opened(house.database) as unit:
        token = _session_token(house, owner, started.session)
        unit.commit()
    assert is_active(rp.introspect(token, as_=api, follows="revocations"))["cache_ttl"] == 30


def _session_token(house: "House", owner: User, session: Any) -> str:
    claims = session_tokens.claims_of(owner, session, issuer=house.settings.issuer)
    return house.server.keyring.sign(claims, alg="ES256", typ="at+jwt")


def test_cache_ttl_for_others_is_as_before(house: "House", party: MakeParty) -> None:
    rp, metered = party(), make_resource_server(house, meter=True)
    granted(rp.authorize(scope="openid read:realms").redeem())
    assert is_active(rp.introspect(as_=metered, follows="revocations"))["cache_ttl"] == 0
    own = is_active(rp.introspect(follows="revocations"))
    assert (own["cache_ttl"], "gid" in own) == (30, False)
