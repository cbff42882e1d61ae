"""320 pixels at 200 %: nothing scrolls sideways, nothing is cut off, what is pressed is large enough.

WCAG 1.4.4, 1.4.10, 2.5.8 with the 44 pixels of the house, 2.4.7, 2.4.11.

320 CSS pixels with two device pixels each are a window of 640 pixels at 200 %.
"""

import pytest
from playwright.sync_api import Browser, Page

from tests.gallery import stops
from tests.gallery.looking import measured
from tests.gallery.site import Gallery
from tests.gallery.stops import ROOMS, Stop

pytestmark = pytest.mark.browser
NARROW = {"viewport": {"width": 320, "height": 640}, "device_scale_factor": 2}
MOST_STOPS = 120  # of the Tab key


def opened(stop: Stop, gallery: Gallery, browser: Browser, **options: object) -> Page:
    context = gallery.context_of(browser, stop.who, **options)
    page = context.new_page()
    stop.open(page, gallery)
    return page


@pytest.mark.parametrize("room", ROOMS)
def test_narrow_pages_are_whole(room: str, gallery: Gallery, browser: Browser) -> None:
    found = {}
    for stop in stops.of(room, gallery):
        page = opened(stop, gallery, browser, **NARROW)
        wrong = [text for what in ("overflow", "clipped", "small") for text in measured(page, what)]
        if wrong or (wrong := unseen_focus(page)):
            found[stop.name] = wrong
        page.context.close()
    assert found == {}


@pytest.mark.parametrize("room", ROOMS)
def test_wide_pages_are_whole_with_texts_of_twice_the_size(room: str, gallery: Gallery, browser: Browser) -> None:
    found = {}
    for stop in stops.of(room, gallery):
        page = opened(stop, gallery, browser)
        wrong = [text for what in ("overflow", "clipped", "small") for text in measured(page, what)]
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        wrong += [f"200 %: {text}" for what in ("overflow", "clipped") for text in measured(page, what)]
        if wrong:
            found[stop.name] = wrong
        page.context.close()
    assert found == {}


def unseen_focus(page: Page) -> list[str]:
    """Go through the page with the Tab key: wherever the focus is, it can be seen (2.4.7, 2.4.11)."""
    page.evaluate("document.activeElement.blur()")
    wrong: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        wrong += measured(page, "unfocused")
    return sorted(set(wrong))
