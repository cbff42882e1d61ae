"""Every page, looked at once: WCAG 2.2 A and AA by axe-core, sizes, focus, weight, and what the browser says.

Light and dark; 320 CSS pixels wide (a window of 640 at 200 %); letters of twice the size; the Tab key from end to end.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.gallery import stops
from tests.gallery.looking import Watch, double_texts, measured, unseen_focus, violations, watched
from tests.gallery.site import Gallery
from tests.gallery.stops import ROOMS

pytestmark = pytest.mark.browser
MOST_BYTES = 60 * 1024
#: Rooms of many pages, in shares for the worker processes.
LARGE = {"account": 2, "admin": 3, "settings": 4}
SHARES = [(room, share, LARGE.get(room, 1)) for room in ROOMS for share in range(LARGE.get(room, 1))]
WIDE, NARROW = (1280, 900), (320, 640)


@pytest.mark.parametrize(("room", "share", "shares"), SHARES)
def test_pages_of(room: str, share: int, shares: int, gallery: Gallery, browser: Browser, axe: str) -> None:
    found: dict[str, list[str]] = {}
    for stop in stops.of(room, gallery)[share::shares]:
        with gallery.context_of(browser, stop.who) as context, watched(context, gallery.url) as (page, watch):
            stop.open(page, gallery)
            if wrong := [*readable(page, axe), *narrow(page), *large(page), *quiet(watch)]:
                found[stop.name] = wrong
    assert not found, "\n".join(f"{name}: {text}" for name, texts in found.items() for text in texts)


def test_every_page_has_something_to_show(gallery: Gallery) -> None:
    assert stops.routes_without_sample(gallery) == []


def readable(page: Page, axe: str) -> Iterator[str]:
    """WCAG 2.2 A and AA, as far as a program can tell."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        yield from (f"{scheme}: {text}" for text in violations(page, axe))


def narrow(page: Page) -> Iterator[str]:
    """Nothing scrolls sideways, nothing is cut off, what is pressed is large enough, the focus can be seen.

    1.4.10, 2.4.7, 2.4.11, and 2.5.8 with the 44 pixels of the house.
    """
    resize(page, NARROW)
    yield from (f"at 320 px: {text}" for text in measured(page, "overflow", "clipped", "small"))
    yield from unseen_focus(page)


def large(page: Page) -> Iterator[str]:
    """The same for wide windows, and for letters of 200 % (1.4.4)."""
    resize(page, WIDE)
    yield from measured(page, "overflow", "clipped", "small")
    double_texts(page)
    yield from (f"at 200 %: {text}" for text in measured(page, "overflow", "clipped"))


def quiet(watch: Watch) -> Iterator[str]:
    """At most 60 KB, nothing from another origin, nothing in the console, no report of the security policy."""
    yield from watch.complaints
    yield from (f"request to {url}" for url in watch.foreign)
    if not 1000 < watch.transferred <= MOST_BYTES:
        yield f"{watch.transferred} bytes"


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
