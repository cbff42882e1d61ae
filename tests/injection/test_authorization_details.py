"""XS1: what an application writes into authorization_details is text on the consent page, and nothing else."""

import json

import pytest
from playwright.sync_api import Browser

from tests.factories import make_client, make_resource_server
from tests.gallery.looking import measured, watched
from tests.gallery.site import VISITOR, Gallery
from tests.injection.payloads import PAYLOADS
from tests.injection.test_browser_inert import breaches

pytestmark = pytest.mark.browser
KIND = "<img/src=x/onerror=alert(1)>{{7*7}}</code>"
AT_ONCE = 5


def test_XS1_authorization_details(gallery: Gallery, browser: Browser) -> None:
    make_resource_server(gallery.house, authorization_details_types=[{"type": KIND, "members": ["note"]}])
    client, _ = make_client(gallery.house, owner=gallery.owner, authorization_details_types=[KIND])
    found = {}
    with gallery.signed_in(browser, VISITOR) as context, watched(context, gallery.url) as (page, watch):
        for start in range(0, len(PAYLOADS), AT_ONCE):
            texts = PAYLOADS[start : start + AT_ONCE]
            details = [
                {"type": KIND, "actions": [text], "identifier": text, "note": {text: [text, 1]}} for text in texts
            ]
            page.goto(gallery.authorize(client, authorization_details=json.dumps(details)))
            assert page.get_by_role("button", name="Deny").is_visible()
            assert page.locator("dl.facts").count() == len(texts)
            if wrong := [*breaches(page, watch), *measured(page, "overflow", "clipped")]:
                found[start] = wrong
    assert found == {}


def test_XS1_what_turns_the_writing_around_is_shown_as_a_mark(gallery: Gallery, browser: Browser) -> None:
    """What is granted could otherwise read as something else."""
    make_resource_server(gallery.house, authorization_details_types=["turned"])
    client, _ = make_client(gallery.house, owner=gallery.owner, authorization_details_types=["turned"])
    with gallery.signed_in(browser, VISITOR) as context:
        page = context.new_page()
        detail = {"type": "turned", "identifier": "account \u202e1234\u202c \u200b5"}
        page.goto(gallery.authorize(client, authorization_details=json.dumps([detail])))
        text = page.locator("dl.facts").inner_text()
        assert "account \ufffd1234\ufffd \ufffd5" in text
