"""What pages weigh: 15 KB of style with nothing in it that no page uses, 60 KB in all, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from authserver.factory import PACKAGE, asset
from tests.gallery import stops
from tests.gallery.looking import watched
from tests.gallery.site import Gallery
from tests.gallery.stops import ROOMS

MOST_CSS = 15 * 1024
MOST_PAGE = 60 * 1024
SHEETS = sorted((PACKAGE / "static").glob("**/*.css"))
TEMPLATES = sorted(asset("templates").glob("**/*.html"))
WORD = re.compile(r"[A-Za-z][\w-]*")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def selectors(css: str) -> str:
    """The style sheet without its comments and declarations."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\{[^{}]*\}", "{}", bare)


def classes(css: str) -> set[str]:
    return set(re.findall(r"\.([A-Za-z][\w-]*)", selectors(css)))


def read(paths: list[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def written_in_templates() -> set[str]:
    """Every word that stands in quotes in a template: the value of a class, or what a macro makes a class of."""
    text = re.sub(r"\{#.*?#\}", "", read(TEMPLATES), flags=re.DOTALL)
    return {word for quoted in QUOTED.findall(text) for word in WORD.findall(quoted)}


def test_all_style_sheets_together_have_15_kb() -> None:
    assert sum(path.stat().st_size for path in SHEETS) <= MOST_CSS


def test_every_class_is_used_by_a_template() -> None:
    assert classes(read(SHEETS)) - written_in_templates() == set()


def test_a_class_that_nobody_uses_would_be_found() -> None:
    assert classes(".card:is(.never-used,a){color:red}") - written_in_templates() == {"never-used"}


def test_every_class_of_a_template_has_a_rule() -> None:
    """A misspelt class is silent otherwise."""
    literal = {name for value in re.findall(r'class="([^"{}]*)"', read(TEMPLATES)) for name in value.split()}
    assert literal - classes(read(SHEETS)) == set()


def test_templates_carry_no_style_and_no_script_of_their_own() -> None:
    found = re.findall(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=[\"']|javascript:", read(TEMPLATES))
    assert found == []


@pytest.mark.browser
@pytest.mark.parametrize("room", ROOMS)
def test_pages_are_small_and_quiet(room: str, gallery: Gallery, browser: Browser) -> None:
    """No page over 60 KB in all, no request to another origin, nothing in the console."""
    found = []
    for stop in stops.of(room, gallery):
        with gallery.context_of(browser, stop.who) as context, watched(context, gallery.url) as (page, watch):
            stop.open(page, gallery)
            page.wait_for_load_state("networkidle")
            found += [f"{stop.name}: {text}" for text in (*watch.complaints, *watch.foreign)]
            assert watch.transferred > 1000, stop.name
            if watch.transferred > MOST_PAGE:
                found.append(f"{stop.name}: {watch.transferred} bytes")
    assert found == []
