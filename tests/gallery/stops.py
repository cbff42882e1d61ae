"""Every page in every state that people meet: the routes, and what has to be done to see the rest."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

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
NOT_LOOKED_AT = frozenset({"static", "brand.style", "brand.logo", "settings.session_token.renew", "admin.audit.export"})
#: What these must be asked for.
QUERIES = {
    "/account/apps/<client_id>/scope": "?scope=read:realms",
    "/admin/scopes/remove": "?name=read:realms",
    "/admin/scopes/tier": "?name=standard",
}
VARIABLE = re.compile(r"<(?:any\(([^)]*)\):|\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Stop:
    """Something to look at."""

    name: str
    open: Callable[[Page, Gallery], object]
    who: str = OWNER


def of(room: str, gallery: Gallery) -> list[Stop]:
    """All of one room."""
    return [*routes(room, gallery), *(Stop(*state) for state in states.STATES.get(room, ()))]


def routes_without_sample(gallery: Gallery) -> list[str]:
    """Pages whose addresses cannot be filled in: `site.furnished` must make what they show."""
    return [rule for _, rule in _rules(gallery.app) if any(path is None for path in _paths(rule, gallery))]


def routes(room: str, gallery: Gallery) -> Iterator[Stop]:
    """Pages that have an address."""
    for endpoint, rule in _rules(gallery.app):
        if endpoint.partition(".")[0] != room or endpoint in NOT_LOOKED_AT:
            continue
        for path in filter(None, _paths(rule, gallery)):
            name = path if "any(" in rule else rule
            yield Stop(name, _opener(path + QUERIES.get(rule, "")))
            if endpoint.rpartition(".")[0] in FOR_STRANGERS:
                yield Stop(f"{name} signed out", _opener(path), NOBODY)


def _rules(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()):
            yield rule.endpoint, rule.rule


def _paths(rule: str, gallery: Gallery) -> list[str | None]:
    """Every address that the rule stands for; None where there is no sample."""
    parts = VARIABLE.split(rule)  # text, words of any(), name, text, ...
    chosen = [
        _words(words) or [_sample(name, rule, gallery)] for words, name in zip(parts[1::3], parts[2::3], strict=True)
    ]
    return [_joined(parts[::3], values) for values in product(*chosen)]


def _words(words: str | None) -> list[str | None]:
    return [word.strip(" \"'") for word in words.split(",")] if words else []


def _joined(texts: list[str], values: tuple[str | None, ...]) -> str | None:
    if None in values:
        return None
    return texts[0] + "".join(f"{value}{text}" for value, text in zip(values, texts[1:], strict=True))


def _sample(name: str, rule: str, gallery: Gallery) -> str | None:
    if name == "secret":  # of a one-time link, whose first part says what it is for
        return gallery.link(rule.split("/")[1]).rpartition("/")[2]
    return gallery.arguments.get(name)


def _opener(path: str) -> Callable[[Page, Gallery], object]:
    def opening(page: Page, gallery: Gallery) -> None:
        answer = page.goto(gallery.url + path)
        assert answer is not None
        assert answer.status < 500, f"{path}: {answer.status}"
        assert answer.status != 404, f"{path}: 404, so the sample is not good"

    return opening
