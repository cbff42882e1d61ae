"""WCAG 2.2 A and AA by axe-core, on every page, light and dark."""

import pytest
from playwright.sync_api import Browser

from tests.gallery import stops
from tests.gallery.looking import violations
from tests.gallery.site import Gallery
from tests.gallery.stops import ROOMS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("room", ROOMS)
def test_no_violation(room: str, gallery: Gallery, browser: Browser, axe: str) -> None:
    found: dict[str, list[str]] = {}
    for stop in stops.of(room, gallery):
        with gallery.context_of(browser, stop.who) as context:
            page = context.new_page()
            stop.open(page, gallery)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                if wrong := violations(page, axe):
                    found[f"{stop.name}, {scheme}"] = wrong
    assert found == {}


def test_every_page_has_something_to_show(gallery: Gallery) -> None:
    assert stops.routes_without_sample(gallery) == []
