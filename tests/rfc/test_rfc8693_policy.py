"""RFC 8693: which client may exchange whose tokens for what (TX2, TX3, TX5), and who may act (section 4.4)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.oauth import clients
from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import make_client, make_resource_server, within
from tests.relying_party import Credentials, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, refuses
from tests.rfc.conftest import MakeParty
from tests.rfc.delegation import ACCESS_TOKEN, CLIENT_CREDENTIALS, GRANT, SCOPE, Exchange, exchange_of
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.fixture(params=["jwt", "opaque"])
def exchange(request: pytest.FixtureRequest, house: "House", app: Flask, api: Credentials) -> Exchange:
    return exchange_of(house, app, api, request.param)


# -- TX2, TX3, TX5: policy ---------------------------------------------------------------------------------------------


def test_TX2_unknown_audience(exchange: Exchange) -> None:
    refuses(exchange(resource="https://unknown.example"), "invalid_target")
    refuses(exchange(audience="https://unknown.example"), "invalid_target")


def test_TX2_an_audience_that_the_policy_does_not_name(exchange: Exchange, house: "House") -> None:
    refuses(exchange(resource=make_resource_server(house)[0].audience), "invalid_target")


def test_TX2_the_audience_of_the_subject_token_is_allowed(exchange: Exchange, party: MakeParty) -> None:
    bound = granted(exchange.front.refresh())["access_token"]
    service = exchange.another(impersonation=True)
    refuses(service.token(**exchange.good(bound)), "invalid_target")
    front = party(scope=SCOPE)
    granted(front.authorize(scope="read:realms", resource=exchange.api[0].audience).redeem())
    service = exchange.another(front.client.client_id, impersonation=True)
    granted(service.token(**exchange.good(front.tokens["access_token"])))


@pytest.mark.parametrize(
    "scope", ["read:realms delete:realms", "read:stats", "no:such", "openid", "offline_access", "admin", "manage"]
)
def test_TX3_scope_beyond_the_subject_token(exchange: Exchange, scope: str, row_counts: RowCounts) -> None:
    before = row_counts()
    refuses(exchange(scope=scope), "invalid_scope")
    assert row_counts() == before


def test_TX3_without_scope_all_that_both_have(exchange: Exchange) -> None:
    assert granted(exchange())["scope"] == "read:realms write:realms"
    with within(exchange.house):
        clients.change(exchange.service.client, {"scope": "write:realms read:stats"}, privileged=True, actor="tests")
    assert granted(exchange())["scope"] == "write:realms"
    refuses(exchange(scope="read:realms"), "invalid_scope")
    refuses(exchange(scope="read:stats"), "invalid_scope")


def test_TX5_a_client_without_the_grant(exchange: Exchange, party: MakeParty) -> None:
    refuses(party().token(**exchange.good()), "unauthorized_client")


def test_TX5_a_client_without_a_policy(exchange: Exchange, house: "House", app: Flask) -> None:
    made = make_client(house, type="machine", grant_types=[GRANT])
    refuses(RelyingParty(app.test_client(), *made).token(**exchange.good()), "invalid_request")


def test_TX5_tokens_of_a_client_that_the_policy_does_not_name(exchange: Exchange) -> None:
    other = exchange.another("cl_of_somebody_else", impersonation=True)
    refuses(other.token(**exchange.good()), "invalid_request")


def test_s1_1_who_may_not_impersonate_must_name_the_actor(exchange: Exchange) -> None:
    service = exchange.another(audiences=[exchange.api[0].audience])
    refuses(service.token(**exchange.good()), "invalid_request")
    own = granted(service.token(grant_type=CLIENT_CREDENTIALS))["access_token"]
    granted(service.token(**exchange.good(), actor_token=own, actor_token_type=ACCESS_TOKEN))


def test_the_policy_is_for_administrators(exchange: Exchange, house: "House") -> None:
    policy = {"subject_clients": ["cl_x"]}
    with within(house), pytest.raises(InvalidClientMetadataError, match="administrators"):
        clients.register({"client_name": "X", "token_exchange": policy}, owner_id=None, privileged=False, actor="x")
    with within(house), pytest.raises(InvalidClientMetadataError, match="administrators"):
        clients.change(exchange.front.client, {"token_exchange": policy}, privileged=False, actor="x")


@pytest.mark.parametrize(
    "policy",
    [
        {}, {"subject_clients": []}, {"audiences": ["https://a.example"]}, "all", ["cl_x"], {"subject_clients": "cl_x"},
        {"subject_clients": ["cl_x"], "impersonation": "yes"}, {"subject_clients": ["cl_x"], "all": True},
        {"subject_clients": [""]}, {"subject_clients": ["cl_x"], "audiences": [1]},
    ],
)  # fmt: skip
def test_a_policy_that_says_nothing_or_too_much_is_none(house: "House", policy: Any) -> None:
    if policy == {}:
        client, _ = make_client(house, type="machine", grant_types=[GRANT], token_exchange=policy)
        assert "token_exchange" not in client.details
        return
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, type="machine", grant_types=[GRANT], token_exchange=policy)


# -- section 4.4: may_act ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["sub", "client_id"])
def test_s4_4_only_the_one_that_may_act_may(exchange: Exchange, party: MakeParty, wrong: str) -> None:
    service = exchange.service.client.client_id
    for may_act, allowed in (({"client_id": service}, True), ({wrong: "somebody else"}, False)):
        front = party(scope=SCOPE, may_act=may_act)
        token = granted(front.authorize(scope="read:realms").redeem())["access_token"]
        assert is_active(front.introspect(as_=exchange.api))["may_act"] == may_act
        with within(exchange.house):
            policy = {"subject_clients": [front.client.client_id], "audiences": [exchange.api[0].audience]}
            changed = {"token_exchange": {**policy, "impersonation": True}}
            clients.change(exchange.service.client, changed, privileged=True, actor="tests")
        for reply in (exchange.delegated(subject_token=token), exchange(subject_token=token)):
            if allowed:
                granted(reply)
                assert "may_act" not in is_active(exchange.service.introspect(as_=exchange.api))
            else:
                refuses(reply, "invalid_request")


@pytest.mark.parametrize("stated", ["cl_x", [], {"iss": "x"}, {"client_id": 7}, {"sub": ""}])
def test_s4_4_may_act_names_somebody(house: "House", stated: Any) -> None:
    if stated == []:
        assert "may_act" not in make_client(house, may_act=stated)[0].details
        return
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, may_act=stated)
