"""RFC 8693: access tokens exchanged for those of another client, by impersonation and delegation (TX1-TX5)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.accounts import sessions
from authserver.accounts.visitor import Visitor
from authserver.models import audit_events
from authserver.oauth import clients
from tests.factories import make_api_key, within
from tests.relying_party import Credentials, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty
from tests.rfc.delegation import ACCESS_TOKEN, CLIENT_CREDENTIALS, GRANT, SCOPE, Exchange, exchange_of
from tests.rfc.test_rfc8693_token_exchange import API_KEY
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.fixture(params=["jwt", "opaque"])
def exchange(request: pytest.FixtureRequest, house: "House", app: Flask, api: Credentials) -> Exchange:
    return exchange_of(house, app, api, request.param)


# -- what is issued ----------------------------------------------------------------------------------------------------


def test_s1_1_impersonation_the_token_is_the_persons_and_says_nothing_of_an_actor(exchange: Exchange) -> None:
    tokens = granted(exchange(scope="read:realms"))
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "issued_token_type"}
    assert (tokens["issued_token_type"], tokens["token_type"]) == (ACCESS_TOKEN, "Bearer")
    claims = is_active(exchange.service.introspect(as_=exchange.api))
    assert (claims["sub"], claims["client_id"]) == (exchange.front.user.id, exchange.service.client.client_id)
    assert (claims["aud"], claims["scope"]) == ([exchange.api[0].audience], "read:realms")
    assert "act" not in claims
    assert claims["auth_time"]  # how the person had signed in is still said


def test_s4_1_delegation_names_the_actor(exchange: Exchange) -> None:
    tokens = granted(exchange.delegated())
    service = exchange.service.client.client_id
    claims = is_active(exchange.service.introspect(as_=exchange.api))
    assert claims["act"] == {"sub": service, "client_id": service}
    assert claims["sub"] == exchange.front.user.id
    if tokens["access_token"].startswith("ey"):
        assert claims_of(tokens["access_token"])["act"] == claims["act"]


def test_s4_1_a_person_may_be_the_actor(exchange: Exchange, app: Flask, party: MakeParty) -> None:
    """Somebody of the support acts for somebody else, in an application that both use."""
    desk = party(
        scope=SCOPE,
        grant_types=["authorization_code", GRANT],
        token_exchange={"subject_clients": [exchange.front.client.client_id], "audiences": [exchange.api[0].audience]},
    )
    actor_token = granted(desk.authorize(scope="openid read:realms").redeem())["access_token"]
    granted(desk.token(**exchange.good(), actor_token=actor_token, actor_token_type=ACCESS_TOKEN))
    claims = is_active(desk.introspect(as_=exchange.api))
    assert claims["act"] == {"sub": desk.user.id, "client_id": desk.client.client_id}
    assert claims["sub"] == exchange.front.user.id != desk.user.id


def test_s4_1_those_who_acted_before_are_inside(exchange: Exchange) -> None:
    first = granted(exchange.delegated())["access_token"]
    second = exchange.another(exchange.service.client.client_id, audiences=[exchange.api[0].audience])
    own = granted(second.token(grant_type=CLIENT_CREDENTIALS))["access_token"]
    granted(second.token(**exchange.good(first), actor_token=own, actor_token_type=ACCESS_TOKEN))
    names = second.client.client_id, exchange.service.client.client_id
    assert is_active(second.introspect(as_=exchange.api))["act"] == {
        "sub": names[0], "client_id": names[0], "act": {"sub": names[1], "client_id": names[1]},
    }  # fmt: skip


def test_s4_1_impersonation_does_not_hide_those_who_acted_before(exchange: Exchange) -> None:
    first = granted(exchange.delegated())["access_token"]
    silent = exchange.another(exchange.service.client.client_id, impersonation=True)
    granted(silent.token(**exchange.good(first)))
    service = exchange.service.client.client_id
    assert is_active(silent.introspect(as_=exchange.api))["act"] == {"sub": service, "client_id": service}


def test_s4_1_the_chain_has_an_end(exchange: Exchange) -> None:
    token, service = exchange.front.tokens["access_token"], exchange.another(audiences=[exchange.api[0].audience])
    own = granted(service.token(grant_type=CLIENT_CREDENTIALS))["access_token"]
    again = exchange.another(service.client.client_id, exchange.front.client.client_id)
    with within(exchange.house):
        policy = {"subject_clients": [exchange.front.client.client_id, service.client.client_id], "audiences": []}
        policy["audiences"] = [exchange.api[0].audience]
        clients.change(service.client, {"token_exchange": policy}, privileged=True, actor="tests")
    for _ in range(5):
        token = granted(service.token(**exchange.good(token), actor_token=own, actor_token_type=ACCESS_TOKEN))[
            "access_token"
        ]
    refuses(service.token(**exchange.good(token), actor_token=own, actor_token_type=ACCESS_TOKEN), "invalid_request")
    assert again.client.client_id != service.client.client_id


def test_s2_2_1_the_lifetime_never_exceeds_that_of_the_subject_token(
    exchange: Exchange, frozen: time_machine.Traveller
) -> None:
    granted(exchange.front.refresh())
    assert granted(exchange())["expires_in"] == 900
    frozen.shift(600)
    assert granted(exchange())["expires_in"] == 300
    frozen.shift(300)
    is_inactive(exchange.service.introspect(as_=exchange.api))
    refuses(exchange(), "invalid_request")


@pytest.mark.parametrize("kind", ["refresh_token", "id_token", "jwt", "saml2"])
def test_s2_1_only_access_tokens_are_issued(exchange: Exchange, kind: str) -> None:
    refuses(exchange(requested_token_type=f"urn:ietf:params:oauth:token-type:{kind}"), "invalid_request")
    granted(exchange(requested_token_type=ACCESS_TOKEN))


def test_exchange_is_audited(exchange: Exchange) -> None:
    granted(exchange.delegated())
    with within(exchange.house):
        found = audit_events.latest(limit=5, user_id=exchange.front.user.id)
    event = next(one for one in found if one.tag == "token.exchanged")
    service = exchange.service.client.client_id
    assert (event.actor, event.client_id, event.details["from_client"]) == (
        service, service, exchange.front.client.client_id,
    )  # fmt: skip
    assert event.details["acts"] == service
    assert not any(exchange.front.tokens["access_token"] in str(value) for value in event.details.values())


# -- TX1, TX4: what is no subject --------------------------------------------------------------------------------------


def test_TX1_bad_and_foreign_tokens(exchange: Exchange, party: MakeParty, row_counts: RowCounts) -> None:
    stranger = party()
    foreign = granted(stranger.authorize().redeem())["access_token"]
    before = row_counts()
    for subject in ("x", "at_" + "A" * 43, "ey.x.y", exchange.front.tokens["id_token"], foreign):
        refuses(exchange(subject_token=subject), "invalid_request")
    refuses(exchange(subject_token=exchange.front.tokens["refresh_token"]), "invalid_request")
    assert row_counts() == before


def test_TX1_a_session_token_is_no_subject(exchange: Exchange, house: "House") -> None:
    user, visitor = exchange.front.user, Visitor(address="127.0.0.1", user_agent="tests", browser="0" * 64)
    with within(house):
        session = sessions.start(house.settings, user=user, visitor=visitor).session
        token = house.server.issuer.session_token(user, session).value
    is_active(exchange.front.introspect(token, as_=exchange.api))
    refuses(exchange(subject_token=token), "invalid_request")


def test_TX1_the_token_of_an_application_itself_is_no_subject(exchange: Exchange) -> None:
    """Nobody is represented by it: the application can ask for what it may have."""
    other = exchange.another(exchange.service.client.client_id, impersonation=True)
    refuses(other.token(**exchange.good(exchange.actor_token())), "invalid_request")


def test_TX4_an_api_key_under_the_type_of_access_tokens(exchange: Exchange, house: "House") -> None:
    _, key = make_api_key(house, exchange.front.user)
    refuses(exchange(subject_token=key), "invalid_request")
    refuses(exchange(subject_token_type=API_KEY), "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [
        {"actor_token_type": ACCESS_TOKEN},
        {"actor_token": "x", "actor_token_type": ACCESS_TOKEN},
        {"actor_token": "x"},
        {"actor_token": "x", "actor_token_type": "urn:ietf:params:oauth:token-type:jwt"},
        {"resource": None},
        {"subject_token_type": None},
        {"subject_token": None},
    ],
)
def test_s2_1_what_the_request_must_hold(exchange: Exchange, changes: dict[str, Any]) -> None:
    refuses(exchange(**changes), "invalid_request")


def test_s2_1_an_actor_token_without_its_type(exchange: Exchange) -> None:
    refuses(exchange.delegated(actor_token_type=None), "invalid_request")


def test_an_actor_token_of_another_client_is_none(exchange: Exchange) -> None:
    """Whoever has stolen a token cannot act in the name of its owner."""
    other = exchange.another()
    stolen = granted(other.token(grant_type=CLIENT_CREDENTIALS))["access_token"]
    refuses(exchange.delegated(actor_token=stolen), "invalid_request")
    refuses(exchange.delegated(actor_token=exchange.front.tokens["access_token"]), "invalid_request")


def test_an_actor_that_is_itself_delegated_is_none(exchange: Exchange) -> None:
    delegated = granted(exchange.delegated())["access_token"]
    refuses(exchange.delegated(actor_token=delegated), "invalid_request")
