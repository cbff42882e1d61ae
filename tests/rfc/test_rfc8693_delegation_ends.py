"""RFC 8693: what ends a token that was exchanged for another one (TX6), and what it is bound to."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.accounts import credentials
from authserver.models import grants
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import api_keys, clients, withdrawal
from tests.factories import make_api_key, make_client, within
from tests.relying_party import Credentials, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty
from tests.rfc.delegation import GRANT, SCOPE, Exchange, exchange_of
from tests.rfc.proofs import new_key
from tests.rfc.test_rfc8693_token_exchange import API_KEY
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.fixture(params=["jwt", "opaque"])
def exchange(request: pytest.FixtureRequest, house: "House", app: Flask, api: Credentials) -> Exchange:
    return exchange_of(house, app, api, request.param)


# -- TX6: what ends it -------------------------------------------------------------------------------------------------


def ended_by_revocation(exchange: Exchange) -> None:
    exchange.front.revoke()


def ended_with_the_grant(exchange: Exchange) -> None:
    exchange.front.revoke(exchange.front.tokens["refresh_token"])


def ended_by_the_person(exchange: Exchange) -> None:
    with within(exchange.house):
        user = exchange.front.user.id
        withdrawal.withdraw(user_id=user, client_id=exchange.front.client.client_id, actor=user)


def ended_with_the_account(exchange: Exchange) -> None:
    with within(exchange.house):
        credentials.disable(exchange.front.user, actor="tests")


def ended_with_the_first_client(exchange: Exchange) -> None:
    with within(exchange.house):
        clients.set_enabled(exchange.front.client, False, actor="tests")


def ended_by_deleting_the_first_client(exchange: Exchange) -> None:
    with within(exchange.house):
        clients.remove(exchange.front.client, actor="tests")


def ended_with_the_own_client(exchange: Exchange) -> None:
    with within(exchange.house):
        clients.set_enabled(exchange.service.client, False, actor="tests")


@pytest.mark.parametrize(
    "end",
    [
        ended_by_revocation,
        ended_with_the_grant,
        ended_by_the_person,
        ended_with_the_account,
        ended_with_the_first_client,
        ended_by_deleting_the_first_client,
        ended_with_the_own_client,
    ],
)
def test_TX6_the_new_token_ends_with_what_it_was_made_from(exchange: Exchange, end: Callable[[Exchange], None]) -> None:
    granted(exchange.delegated())
    is_active(exchange.service.introspect(as_=exchange.api))
    end(exchange)
    is_inactive(exchange.service.introspect(as_=exchange.api))


@pytest.mark.parametrize("end", [ended_by_revocation, ended_with_the_grant, ended_with_the_first_client])
def test_TX6_also_when_it_was_exchanged_again(exchange: Exchange, end: Callable[[Exchange], None]) -> None:
    first = granted(exchange())["access_token"]
    second = exchange.another(exchange.service.client.client_id, impersonation=True)
    granted(second.token(**exchange.good(first)))
    is_active(second.introspect(as_=exchange.api))
    end(exchange)
    is_inactive(second.introspect(as_=exchange.api))


def test_TX6_the_subject_token_lives_on_without_the_new_one(exchange: Exchange) -> None:
    granted(exchange())
    exchange.service.revoke()
    is_inactive(exchange.service.introspect(as_=exchange.api))
    is_active(exchange.front.introspect(as_=exchange.api))
    assert exchange.front.refresh().status_code == 200


def test_TX6_revoking_one_subject_token_leaves_those_of_another(exchange: Exchange) -> None:
    first = granted(exchange())["access_token"]
    old = exchange.front.tokens["access_token"]
    granted(exchange.front.refresh())
    second = granted(exchange())["access_token"]
    exchange.front.revoke(old)
    is_inactive(exchange.service.introspect(first, as_=exchange.api))
    is_active(exchange.service.introspect(second, as_=exchange.api))


def test_TX6_a_scope_that_is_taken_back_is_gone_from_the_new_token_too(exchange: Exchange) -> None:
    first = granted(exchange())["access_token"]
    second = exchange.another(exchange.service.client.client_id, impersonation=True)
    granted(second.token(**exchange.good(first)))
    user, client_id = exchange.front.user.id, exchange.front.client.client_id
    with within(exchange.house):
        withdrawal.withdraw_scope("write:realms", user_id=user, client_id=client_id, actor=user)
    for holder in (exchange.service, second):
        assert is_active(holder.introspect(as_=exchange.api))["scope"] == "read:realms"
    refuses(exchange(scope="write:realms"), "invalid_scope")


def test_TX6_a_token_from_a_key_ends_with_the_key_however_often_it_was_exchanged(
    exchange: Exchange, house: "House", app: Flask
) -> None:
    row, key = make_api_key(house, exchange.front.user)
    agent = RelyingParty(app.test_client(), *make_client(house, type="machine", grant_types=[GRANT]))
    subject = {"subject_token": key, "subject_token_type": API_KEY}
    first = granted(agent.token(grant_type=GRANT, **subject, resource=exchange.api[0].audience))["access_token"]
    second = exchange.another(agent.client.client_id, impersonation=True)
    granted(second.token(**exchange.good(first)))
    is_active(second.introspect(as_=exchange.api))
    with within(house):
        api_keys.revoke(row, actor=exchange.front.user.id, because="tests")
    is_inactive(second.introspect(as_=exchange.api))


def test_TX6_a_grant_that_ends_during_the_exchange_wins(
    exchange: Exchange, house: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check and the first write the person takes the consent back."""
    opened = grants.open_below

    def late(grant: Any) -> bool:
        grants.revoke(grant.parent_id, because="tests")
        return opened(grant)

    monkeypatch.setattr(grants, "open_below", late)
    refuses(exchange(), "invalid_request")


# -- bound tokens ------------------------------------------------------------------------------------------------------


def switched_off(exchange: Exchange) -> None:
    clients.set_enabled(exchange.front.client, False, actor="tests")


def taken_back(exchange: Exchange) -> None:
    whose = {"user_id": exchange.front.user.id, "client_id": exchange.front.client.client_id}
    withdrawal.withdraw_scope("write:realms", **whose, actor="tests")


@pytest.mark.parametrize("end", [switched_off, taken_back])
def test_TX6_a_client_or_scope_that_ends_during_the_exchange_wins(
    house: "House",
    exchange: Exchange,
    row_counts: RowCounts,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Exchange], None],
) -> None:
    """Signing takes a moment between the look at the token and the first write."""
    issuer, mint = house.server.issuer, house.server.issuer.mint
    counted: list[State] = []

    def mint_late(order: Any) -> Any:
        with unit_of_work(house.database) as unit:
            end(exchange)
            unit.commit()
        counted.append(row_counts())
        return mint(order)

    monkeypatch.setattr(issuer, "mint", mint_late)

    refuses(exchange(), "invalid_request")

    assert row_counts() == counted[0]


def test_a_bound_subject_token_is_exchanged_only_by_whoever_shows_its_key(exchange: Exchange, party: MakeParty) -> None:
    """Otherwise a stolen one could be turned into one that anybody may use; the new one is bound to the same key."""
    front, key = party(scope=SCOPE), new_key()
    front.dpop_key = key
    bound = front.authorize(scope="read:realms").redeem().json["access_token"]
    service = exchange.another(front.client.client_id, impersonation=True, audiences=[exchange.api[0].audience])
    refuses(service.token(**exchange.good(bound)), "invalid_request")
    service.dpop_key = new_key()
    refuses(service.token(**exchange.good(bound)), "invalid_request")
    service.dpop_key = key
    assert service.token(**exchange.good(bound)).json["token_type"] == "DPoP"
    claims = is_active(service.introspect(as_=exchange.api))
    assert claims["cnf"] == is_active(front.introspect(bound, as_=exchange.api))["cnf"]


def test_an_unbound_subject_token_may_become_a_bound_one(exchange: Exchange) -> None:
    exchange.service.dpop_key = new_key()
    assert exchange().json["token_type"] == "DPoP"
    assert is_active(exchange.service.introspect(as_=exchange.api))["cnf"]["jkt"]
