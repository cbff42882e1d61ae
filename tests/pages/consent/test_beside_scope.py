"""The question about what is asked for beside scopes, and the mail about it (C8, C19)."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from tests.factories import PASSWORD
from tests.forms import forms
from tests.pages.people import mails
from tests.rfc.conftest import Party
from tests.rfc.details import claims, consent_page, payable, payment, payments, sent

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def kind(house: "House") -> str:
    return payments(house)[0]


@pytest.fixture
def rp(app: Flask, kind: str) -> Party:
    return payable(app, kind)


def test_C19_the_mail_about_a_new_application_names_the_type(app: Flask, rp: Party, kind: str) -> None:
    rp.authorize(scope=None, authorization_details=sent(payment(kind))).consent()
    (mail,) = mails(app, rp.user.email)
    assert f"  - {kind}" in mail.body
    rp.authorize(scope=None, authorization_details=sent(payment(kind, creditor="B"))).consent()
    assert len(mails(app, rp.user.email)) == 1  # it is known


def test_C8_what_was_allowed_is_folded_away_and_only_the_new_is_marked(rp: Party, kind: str) -> None:
    both = {"scope": "openid", "claims": claims(id_token={"email": None})}
    rp.authorize(**both).consent()
    more = claims(id_token={"email": None, "name": None})
    text = consent_page(rp.authorize(scope="openid", claims=more, authorization_details=sent(payment(kind))))
    fresh, _, rest = text.partition("<details>")
    known = rest.partition("</details>")[0]
    assert "Your name" in fresh
    assert "Your e-mail address" in known
    assert "Know who you are" in known
    assert "You already allowed 2 permissions" in known
    assert text.count(">New</span>") == 2  # the name, and the payment


def test_C6_facts_and_details_are_no_check_boxes(app: Flask, kind: str) -> None:
    rp = payable(app, kind, allow_scope_deselect=True)
    asked = {"claims": claims(id_token={"email": None}), "authorization_details": sent(payment(kind))}
    text = consent_page(rp.authorize(scope="openid read:realms", **asked))
    (form,) = [form for form in forms(text) if form.action == "/consent"]
    assert form.values["scope"] == ["read:realms"]


def test_C17_details_alone_take_the_password_too_when_the_sign_in_is_old(
    rp: Party, kind: str, frozen: time_machine.Traveller
) -> None:
    frozen.shift(601)
    assert 'name="password"' in consent_page(rp.authorize(scope=None, authorization_details=sent(payment(kind))))
    rp._submit("/consent", {"decision": "allow"})
    assert (rp.at, rp.answer) == ("/consent", {})
    rp._submit("/consent", {"decision": "allow", "password": PASSWORD})
    assert "code" in rp.answer
