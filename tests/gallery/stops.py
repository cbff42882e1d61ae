"""Every page in every state that people meet: the routes, and what has to be done to see the rest."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Flask
from playwright.sync_api import Page

from authserver.pages import PAGES
from tests.gallery import states
from tests.gallery.site import NOBODY, OWNER, Gallery

#: A test looks at the pages of one room at a time.
ROOMS = tuple(sorted({blueprint.name for blueprint in PAGES}))
#: These show something else to people who are signed in.
FOR_STRANGERS = frozenset({"login", "account.joining", "home"})
#: No pages: they answer with files, JSON, or by ending the session of the browser.
NOT_LOOKED_AT = frozenset({"static", "brand.style", "brand.logo", "settings.session_token.renew"})
VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Stop:
    """Something to look at."""

    name: str
    open: Callable[[Page, Gallery], object]
    who: str = OWNER


def of(room: str, gallery: Gallery) -> list[Stop]:
    """All of one room."""
    return [*_routes(room, gallery), *(Stop(*state) for state in states.STATES.get(room, ()))]


def routes_without_sample(gallery: Gallery) -> list[str]:
    """Pages whose addresses cannot be filled in: `site.furnished` must make what they show."""
    return [rule for _, rule in _rules(gallery.app) if None in _filled(rule, gallery)]


def _routes(room: str, gallery: Gallery) -> Iterator[Stop]:
    for endpoint, rule in _rules(gallery.app):
        if endpoint.partition(".")[0] != room or endpoint in NOT_LOOKED_AT:
            continue
        path = "".join(str(part) for part in _filled(rule, gallery))
        yield Stop(rule, _opener(path))
        if endpoint.rpartition(".")[0] in FOR_STRANGERS:
            yield Stop(f"{rule} signed out", _opener(path), NOBODY)


def _rules(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()):
            yield rule.endpoint, rule.rule


def _filled(rule: str, gallery: Gallery) -> list[str | None]:
    """The parts of the address; None where there is no sample."""
    parts: list[str | None] = list(VARIABLE.split(rule))
    parts[1::2] = [_sample(str(name), rule, gallery) for name in parts[1::2]]
    return parts


def _sample(name: str, rule: str, gallery: Gallery) -> str | None:
    if name == "secret":  # of a one-time link, whose first part says what it is for
        return gallery.link(rule.split("/")[1]).rpartition("/")[2]
    return gallery.arguments.get(name)


def _opener(path: str) -> Callable[[Page, Gallery], object]:
    return lambda page, gallery: page.goto(gallery.url + path)
