"""Consent to authorization details (RFC 9396 section 4): all of it is shown, and the same is asked about once."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.forms import forms
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import Party
from tests.rfc.details import consent_page, payable, payment, payments, sent

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


def test_s4_consent_shows_all_of_it(rp: Party, kind: str) -> None:
    text = consent_page(rp.authorize(**PLAIN, authorization_details=sent(payment(kind, identifier="account-7"))))
    for shown in (kind, "initiate", "status", "amount.currency", "EUR", "123.50", "Merchant A", "account-7"):
        assert shown in text, shown


def test_s4_the_same_details_are_asked_about_once_others_always(rp: Party, kind: str) -> None:
    ask: dict[str, Any] = {**PLAIN, "prompt": "none"}
    granted(rp.authorize(**PLAIN).consent().redeem())  # the scopes are known
    one = sent(payment(kind))
    assert rp.authorize(**ask, authorization_details=one).answer["error"] == "consent_required"
    assert "wants more than you have allowed before" in consent_page(rp.authorize(**PLAIN, authorization_details=one))
    granted(rp.consent().redeem())
    same = json.dumps([dict(reversed(payment(kind).items()))], indent=4)  # written in another way
    granted(rp.authorize(**ask, authorization_details=same).redeem())
    assert rp.tokens["authorization_details"] == [payment(kind)]
    for other in (payment(kind, creditor="Merchant B"), payment(kind, actions=["initiate"]), {"type": kind}):
        answer = rp.authorize(**ask, authorization_details=sent(other)).answer
        assert answer["error"] == "consent_required", other
    both = sent(payment(kind), payment(kind, creditor="Merchant B"))
    assert rp.authorize(**ask, authorization_details=both).answer["error"] == "consent_required"


def test_s4_an_application_of_ours_asks_about_new_details_too(app: Flask, kind: str) -> None:
    own = payable(app, kind, trusted=True)
    asked = sent(payment(kind))
    assert own.authorize(**PLAIN, prompt="none", authorization_details=asked).answer["error"] == "consent_required"
    consent_page(own.authorize(**PLAIN, authorization_details=asked))
    granted(own.consent().redeem())
    granted(own.authorize(**PLAIN, prompt="none", authorization_details=asked).redeem())


def test_s4_denied_details_are_granted_to_nobody(rp: Party, kind: str) -> None:
    asked = sent(payment(kind))
    assert rp.authorize(**PLAIN, authorization_details=asked).consent("deny").answer["error"] == "access_denied"
    consent_page(rp.authorize(**PLAIN, authorization_details=asked))


def test_s4_details_stay_when_every_scope_is_left_out(app: Flask, kind: str) -> None:
    rp = payable(app, kind, allow_scope_deselect=True)
    consent_page(rp.authorize(scope="openid read:realms", authorization_details=sent(payment(kind))))
    granted(rp.consent(scope=[]).redeem())
    assert (rp.tokens["scope"], rp.tokens["authorization_details"]) == ("openid", [payment(kind)])


def test_AZ22_details_of_the_form_count_for_nothing(rp: Party, kind: str) -> None:
    consent_page(rp.authorize(**PLAIN, authorization_details=sent(payment(kind))))
    granted(rp.consent(authorization_details=sent(payment(kind, creditor="Merchant B"))).redeem())
    assert rp.tokens["authorization_details"] == [payment(kind)]


def test_s4_the_same_is_asked_for_when_a_request_starts_again(rp: Party, kind: str) -> None:
    consent_page(rp.authorize(scope=None, authorization_details=sent(payment(kind))))
    assert rp.consent("deny").answer["error"] == "access_denied"
    assert rp.reply is not None
    rp._browse("GET", rp.reply.path)
    assert rp.reply is not None
    again = next(form for form in forms(rp.reply.text) if form.action == "/authorize/again")
    rp._submit("/authorize/again", again.values)
    assert "123.50" in consent_page(rp)
    granted(rp.consent().redeem())
    assert (rp.tokens.get("scope"), rp.tokens["authorization_details"]) == (None, [payment(kind)])
