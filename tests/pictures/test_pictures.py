"""The fifteen pictures by which the look is judged, at 1280 and 375 pixels.

AUTHSERVER_TEST_PICTURES=<folder> keeps them. What can be measured in a picture must hold: nothing overflows or is cut
off, what is pressed has 44 pixels, the focus can be seen, and in forced colours everything keeps its border. Number 4,
the choice of a second factor, comes with second factors.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.gallery import states
from tests.gallery.looking import measured, unseen_focus
from tests.gallery.site import CHANGING, EVERYTHING, NOBODY, OWNER, VISITOR, Gallery
from tests.gallery.states import Opening

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("AUTHSERVER_TEST_PICTURES")
SIZES = ((1280, 900), (375, 812))


def nothing_more(page: Page) -> None:
    """The measures are enough."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the fifteen: how to get there, who does, and what must be in it."""

    name: str
    open: Opening
    who: str = OWNER
    holds: Callable[[Page], None] = nothing_more
    options: dict[str, Any] = field(default_factory=dict)


def focus_is_on_the_summary(page: Page) -> None:
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.title().startswith("Error:")
    assert page.input_value("input[name=username]") == "ada"


def is_verified(page: Page) -> None:
    expect(page.get_by_text("Verified by RealmKit")).to_be_visible()
    expect(page.locator(".scope")).to_have_count(4)


def is_unverified(page: Page) -> None:
    expect(page.locator(".alert.warn").get_by_text("Not verified")).to_be_visible()
    expect(page.locator(".group.delete").get_by_text("Delete", exact=True)).to_be_visible()
    deny, allow = (page.get_by_role("button", name=name, exact=True).bounding_box() for name in ("Deny", "Allow"))
    assert deny is not None
    assert allow is not None
    assert (deny["width"], deny["height"]) == (allow["width"], allow["height"])


def has_new_badges(page: Page) -> None:
    expect(page.get_by_text("New", exact=True)).to_have_count(2)
    expect(page.get_by_text("You already allowed 2 permissions")).to_be_visible()


def is_written_from_the_right(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    heading, icon = page.locator("legend").first.bounding_box(), page.locator("legend svg").first.bounding_box()
    assert heading is not None
    assert icon is not None
    assert icon["x"] > heading["x"] + heading["width"] / 2, "the icon stands at the right"
    for code in page.locator(".scope code").all():
        assert code.evaluate("e => getComputedStyle(e).direction") == "ltr"


def says_little(page: Page) -> None:
    expect(page.get_by_text("http://127.0.0.1:9/Callback/")).to_be_visible()
    assert "http://127.0.0.1:9/callback" not in page.content(), "what is registered is nobody's business"


def shows_the_difference(page: Page) -> None:
    assert page.locator("del").all_inner_texts()
    assert page.locator("ins").all_inner_texts()


def has_one_call_to_action(page: Page) -> None:
    expect(page.locator(".empty .primary")).to_have_count(1)


def shows_the_key(page: Page) -> None:
    shown = page.locator("[data-secret]").first.input_value()
    assert re.fullmatch(r"rk_live_[0-9A-Za-z]{32}", shown)


def lists_many(page: Page) -> None:
    assert page.locator("tbody tr").count() >= 12
    expect(page.get_by_text("Expires soon")).to_be_visible()


def shows_code(page: Page) -> None:
    expect(page.locator("pre").first).to_contain_text("curl")


def asks_first(page: Page) -> None:
    expect(page.get_by_role("dialog")).to_be_visible()


def explains_the_error(page: Page) -> None:
    expect(page.get_by_text("invalid_grant").first).to_be_visible()


SMALL = {"viewport": {"width": 320, "height": 640}, "device_scale_factor": 2}
PICTURES_TO_TAKE = (
    Picture("01_login_light", states.at("/login"), NOBODY),
    Picture("02_login_dark", states.at("/login"), NOBODY, options={"color_scheme": "dark"}),
    Picture("03_login_error", states.login_failed, NOBODY, focus_is_on_the_summary),
    Picture("05_consent_verified", states.consent("verified", CHANGING), VISITOR, is_verified),
    Picture("06_consent_unverified", states.consent("web", EVERYTHING), VISITOR, is_unverified),
    Picture("07_consent_again", states.consent_again, VISITOR, has_new_badges),
    Picture("08_consent_arabic", states.consent_in_arabic, VISITOR, is_written_from_the_right),
    Picture("09_redirect_mismatch_public", states.redirect_mismatch, NOBODY, says_little),
    Picture("09_redirect_mismatch_owner", states.redirect_mismatch, OWNER, shows_the_difference),
    Picture("10_api_keys_empty", states.at("/settings/api-keys"), VISITOR, has_one_call_to_action),
    Picture("11_key_created", states.key_created, OWNER, shows_the_key),
    Picture("12_api_keys", states.at("/settings/api-keys"), OWNER, lists_many),
    Picture("12_api_keys_revoked", states.at("/settings/api-keys?tab=revoked"), OWNER),
    Picture("13_code", states.app_code, OWNER, shows_code, {"java_script_enabled": False}),
    Picture("14_remove_access", states.connected_apps, OWNER, asks_first, SMALL),
    Picture("15_playground", states.playground_wrong_verifier, OWNER, explains_the_error),
)


@pytest.mark.parametrize("picture", PICTURES_TO_TAKE, ids=lambda picture: picture.name)
def test_picture(picture: Picture, gallery: Gallery, browser: Browser) -> None:
    wrong: list[str] = []
    with gallery.context_of(browser, picture.who, **picture.options) as context:
        page = context.new_page()
        picture.open(page, gallery)
        picture.holds(page)
        for width, height in [(320, 640)] if picture.options == SMALL else SIZES:
            page.set_viewport_size({"width": width, "height": height})
            wrong += [f"{width} px: {text}" for text in measured(page, "overflow", "clipped", "small")]
            keep(page, f"{picture.name}_{width}")
        page.emulate_media(forced_colors="active")
        wrong += [f"forced colours: {text}" for text in measured(page, "colourless")]
        keep(page, f"{picture.name}_forced_colours")
        wrong += unseen_focus(page)
    assert wrong == []


def keep(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
