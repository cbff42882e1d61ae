"""What an application asks for beside scopes, on the consent page."""

import json

from playwright.sync_api import Page, expect

from tests.gallery.site import PAYMENT, READING, Gallery, application


def consent_with_details(page: Page, gallery: Gallery) -> None:
    """A payment, as detailed as it can be, and facts about the person that no scope carries."""
    client = application(gallery, "Corner Shop", authorization_details_types=[PAYMENT])
    detail = {
        "type": PAYMENT,
        "actions": ["initiate", "status"],
        "locations": ["https://bank.example/payments/accounts/DE02100100109307118603"],
        "identifier": "order-7731",
        "amount": {"currency": "EUR", "value": "123.50"},
        "creditor": {"name": "Merchant A, Café & Söhne", "iban": "DE02100100109307118603"},
        "remittance": "Ref\u202enumber Merchant " + "x" * 80,
    }
    asked = {"id_token": {"email": None}, "userinfo": {"phone_number": None}}
    details = [detail, {"type": PAYMENT, "actions": ["status"], "amount": {}}]
    more = {"authorization_details": json.dumps(details), "claims": json.dumps(asked)}
    page.goto(gallery.authorize(client, scope=READING, **more))
    expect(page.get_by_text("123.50")).to_be_visible()
