"""Authorization details of tokens (RFC 9396 sections 6, 7 and 9): as they were granted, and only ever narrowed."""

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.factories import make_client, make_resource_server, unique
from tests.relying_party import Local, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import Party
from tests.rfc.delegation import ACCESS_TOKEN
from tests.rfc.delegation import GRANT as EXCHANGE
from tests.rfc.details import details_in, payable, payment, payments, sent
from tests.rfc.devices import GRANTS, Device
from tests.rfc.front_channel import unchanged

if TYPE_CHECKING:
    from authserver.composition import House

PLAIN = {"scope": "openid offline_access"}


@pytest.fixture
def kind(house: "House") -> str:
    """A type that some resource server knows."""
    return payments(house)[0]


@pytest.fixture
def rp(app: Flask, kind: str) -> Party:
    """A client that is not ours and may ask for it; its user is signed in."""
    return payable(app, kind)


# -- section 6: narrowing ----------------------------------------------------------------------------------------------


@pytest.fixture
def holder(rp: Party, kind: str) -> Party:
    """A client with a code for two payments."""
    both = sent(payment(kind), payment(kind, creditor="Merchant B"))
    rp.authorize(**PLAIN, authorization_details=both).consent()
    return rp


def test_s6_1_fewer_at_redemption_and_all_again_at_refresh(holder: Party, kind: str) -> None:
    one = payment(kind, actions=["status"])
    granted(holder.redeem(authorization_details=sent(one)))
    assert holder.tokens["authorization_details"] == details_in(holder.tokens["access_token"]) == [one]
    granted(holder.refresh(authorization_details=sent(payment(kind, creditor="Merchant B"))))
    assert [detail["creditor"] for detail in holder.tokens["authorization_details"]] == ["Merchant B"]
    granted(holder.refresh())
    assert len(holder.tokens["authorization_details"]) == 2


WIDER = (
    {"creditor": "Merchant C"},
    {"actions": ["initiate", "status", "cancel"]},
    {"amount": {"currency": "EUR", "value": "999999.00"}},
    {"amount": {"currency": "EUR"}},
    {"privileges": ["admin"]},
    {"identifier": "x"},
    {"actions": []},
)


@pytest.mark.parametrize("changes", WIDER, ids=str)
def test_s6_1_more_is_refused_and_burns_nothing(app: Flask, holder: Party, kind: str, changes: dict[str, Any]) -> None:
    wider = sent(payment(kind, **changes))
    with unchanged(app):
        refuses(holder.redeem(authorization_details=wider), "invalid_authorization_details")
    granted(holder.redeem())
    with unchanged(app):
        refuses(holder.refresh(authorization_details=wider), "invalid_authorization_details")
        lacking = {name: value for name, value in payment(kind).items() if name != "actions"}
        refuses(holder.refresh(authorization_details=sent(lacking)), "invalid_authorization_details")
    granted(holder.refresh())
    assert len(holder.tokens["authorization_details"]) == 2


def test_s6_1_one_payment_does_not_become_two(app: Flask, rp: Party, kind: str) -> None:
    rp.authorize(**PLAIN, authorization_details=sent(payment(kind))).consent()
    twice = sent(payment(kind, actions=["initiate"]), payment(kind))
    with unchanged(app):
        refuses(rp.redeem(authorization_details=twice), "invalid_authorization_details")
    granted(rp.redeem(authorization_details=sent(payment(kind, actions=["initiate"]))))
    refuses(rp.refresh(authorization_details=twice), "invalid_authorization_details")


def test_s6_1_each_finds_its_own_of_those_that_fit(rp: Party, kind: str) -> None:
    narrow, wide = payment(kind, actions=["initiate"]), payment(kind)
    rp.authorize(**PLAIN, authorization_details=sent(wide, narrow)).consent()
    granted(rp.redeem(authorization_details=sent(narrow, wide)))  # the narrow one fits into both
    assert rp.tokens["authorization_details"] == [narrow, wide]


def test_s6_1_a_number_is_not_a_flag(rp: Party, kind: str) -> None:
    rp.authorize(**PLAIN, authorization_details=sent(payment(kind, amount=True))).consent()
    refuses(rp.redeem(authorization_details=sent(payment(kind, amount=1))), "invalid_authorization_details")


def test_s6_1_nothing_comes_later_that_was_not_granted_at_first(rp: Party, kind: str) -> None:
    rp.authorize(**PLAIN).consent()
    refuses(rp.redeem(authorization_details=sent(payment(kind))), "invalid_authorization_details")
    granted(rp.redeem())
    refuses(rp.refresh(authorization_details=sent(payment(kind))), "invalid_authorization_details")


# -- clients themselves, devices ---------------------------------------------------------------------------------------


def test_s3_client_credentials(house: "House", machine: Local, token_format: str) -> None:
    kind, server = payments(house)
    own = make_client(house, type="machine", authorization_details_types=[kind], access_token_format=token_format)
    worker = RelyingParty(machine, *own)
    asked = sent(payment(kind))
    granted(worker.token(grant_type="client_credentials", scope="read:realms", authorization_details=asked))
    assert worker.tokens["authorization_details"] == [payment(kind)]
    assert is_active(worker.introspect(as_=server))["authorization_details"] == [payment(kind)]
    granted(worker.token(grant_type="client_credentials", scope="read:realms"))
    assert "authorization_details" not in worker.tokens  # of that one token only
    stranger = RelyingParty(machine, *make_client(house, type="machine"))
    refused = stranger.token(grant_type="client_credentials", authorization_details=asked)
    refuses(refused, "invalid_authorization_details")


def test_s3_a_device_is_told_that_it_cannot(app: Flask, kind: str) -> None:
    rp = payable(app, kind, grant_types=GRANTS)
    device = Device(rp, scope="openid", authorization_details=sent(payment(kind)))
    refuses(device.reply, "invalid_authorization_details")


def test_s6_an_exchange_carries_them_and_narrows_only(app: Flask, house: "House", token_format: str) -> None:
    """RFC 8693: what the subject's token may be used for, and no more."""
    kind, server = payments(house)
    front = payable(app, kind, access_token_format=token_format)
    granted(front.authorize(scope="read:realms", authorization_details=sent(payment(kind))).consent().redeem())
    policy = {"subject_clients": [front.client.client_id], "audiences": [server[0].audience], "impersonation": True}
    made = make_client(house, type="machine", grant_types=[EXCHANGE], token_exchange=policy)
    service = RelyingParty(app.test_client(), *made)
    asked = {
        "grant_type": EXCHANGE,
        "subject_token": front.tokens["access_token"],
        "subject_token_type": ACCESS_TOKEN,
        "resource": server[0].audience,
    }
    granted(service.token(**asked))
    assert is_active(service.introspect(as_=server))["authorization_details"] == [payment(kind)]
    narrow = payment(kind, actions=["status"])
    granted(service.token(**asked, authorization_details=sent(narrow)))
    assert is_active(service.introspect(as_=server))["authorization_details"] == [narrow]
    wide = sent(payment(kind, creditor="Merchant B"))
    refuses(service.token(**asked, authorization_details=wide), "invalid_authorization_details")


# -- section 9: what a resource server is told -------------------------------------------------------------------------


def test_s9_1_a_token_for_one_server_says_nothing_of_anothers(app: Flask, house: "House") -> None:
    (first, one), (second, two) = payments(house), payments(house)
    rp = payable(app, first, **{"authorization_details_types": [first, second]})
    audiences = [one[0].audience, two[0].audience]
    both = sent(payment(first), payment(second))
    granted(
        rp.authorize(**PLAIN, resource=audiences, authorization_details=both).consent().redeem(resource=audiences[0])
    )
    assert rp.tokens["authorization_details"] == [payment(first)]
    assert is_active(rp.introspect(as_=one))["authorization_details"] == [payment(first)]
    is_inactive(rp.introspect(as_=two))
    granted(rp.refresh(resource=audiences[1]))
    assert details_in(rp.tokens["access_token"]) == [payment(second)]


def test_s7_numbers_and_words_come_back_as_they_were_sent(app: Flask, house: "House") -> None:
    kind = unique("exact")
    make_resource_server(house, authorization_details_types=[{"type": kind, "members": ["values"]}])
    rp = payable(app, kind)
    detail = {"type": kind, "values": {"int": 2**60, "float": 0.1, "no": None, "yes": True, "text": "Zoë 🎉 \\ \" '"}}
    granted(rp.authorize(**PLAIN, authorization_details=sent(detail)).consent().redeem())
    assert rp.tokens["authorization_details"] == details_in(rp.tokens["access_token"]) == [detail]
