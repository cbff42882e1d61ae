"""Long words of German, and Arabic from right to left: nothing scrolls sideways or is cut off, narrow and wide."""

import pytest
from playwright.sync_api import Browser

from authserver.browser.language import TRANSLATED
from tests.gallery import stops
from tests.gallery.looking import measured
from tests.gallery.site import Gallery

pytestmark = pytest.mark.browser
ROOMS = sorted(TRANSLATED & set(stops.ROOMS))


@pytest.mark.parametrize("language", ["de", "ar"])
@pytest.mark.parametrize("room", ROOMS)
def test_pages_of(room: str, language: str, gallery: Gallery, browser: Browser) -> None:
    found: dict[str, list[str]] = {}
    for stop in stops.routes(room, gallery):
        with gallery.context_of(browser, stop.who, locale=language) as context:
            page = context.new_page()
            stop.open(page, gallery)
            wrong = measured(page, "overflow", "clipped")
            page.set_viewport_size({"width": 320, "height": 640})
            wrong += measured(page, "overflow", "clipped", "small")
            if page.locator("html").get_attribute("lang") != language:
                wrong.append("another language")
            if wrong:
                found[stop.name] = wrong
    assert found == {}
