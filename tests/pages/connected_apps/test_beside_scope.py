"""What a person has allowed beside scopes stands on the page of the application, as they were asked about it."""

import json
from typing import TYPE_CHECKING

from flask import Flask

from authserver.browser.consent import beside
from authserver.oauth.oidc.requested_claims import CARRIERS
from tests.pages.connected_apps.connected import in_words
from tests.rfc.details import claims, payable, payment, payments, sent

if TYPE_CHECKING:
    from authserver.composition import House


def test_facts_and_details_are_shown_until_all_access_is_removed(app: Flask, house: "House") -> None:
    kind, _ = payments(house)
    rp = payable(app, kind)
    asked = {"claims": claims(id_token={"email": None, "name": None}), "authorization_details": sent(payment(kind))}
    assert rp.authorize(scope="openid profile", **asked).consent().redeem().status_code == 200
    page = f"/account/apps/{rp.client.client_id}"
    shown = in_words(rp.transport.send("GET", page, body=None, headers={}).text)
    assert "It also knows Your e-mail address email" in shown
    assert "Your name" not in shown  # a scope says so already
    assert f"In detail Kind {kind} What it may do initiate status amount.currency EUR" in shown


def test_the_same_details_twice_are_shown_once(app: Flask, house: "House") -> None:
    kind, _ = payments(house)
    rp = payable(app, kind)
    ask = {"scope": "openid", "authorization_details": json.dumps([payment(kind)])}
    assert rp.authorize(**ask).consent().redeem().status_code == 200
    assert rp.authorize(**ask).redeem().status_code == 200
    page = rp.transport.send("GET", f"/account/apps/{rp.client.client_id}", body=None, headers={}).text
    assert in_words(page).count("In detail") == 1


def test_every_claim_about_a_person_has_words(app: Flask) -> None:
    with app.test_request_context():
        assert set(beside.claims()) == set(CARRIERS)
        assert all(beside.claims().values())
