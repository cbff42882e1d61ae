"""The addresses of this server: as the code has them, and as `docs/routes.md` lists them with whom each answers."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from flask import Flask

from authserver.api import API
from authserver.endpoints import ENDPOINTS
from tests.architecture.sources import ROOT

DOCUMENT = ROOT / "docs" / "routes.md"
ROW = re.compile(r"^\| `(/[^`]*)` \| ([A-Z*, ]+) \| ([a-z, ]+) \| (.+) \|$", re.MULTILINE)
KIND = re.compile(r"^\| ([a-z, ]+) \| [A-Z]", re.MULTILINE)
ANY = re.compile(r"<any\(([^)]*)\):\w+>")
VARIABLE = re.compile(r"<(\w+)>")
#: What Flask answers by itself.
BY_ITSELF = {"HEAD", "OPTIONS"}


class Door(NamedTuple):
    """One method of one address; variable parts are written `<name>`, and `/...` is anything below."""

    method: str
    path: str


@cache
def documented() -> dict[Door, str]:
    """Every door of the document and whom it answers."""
    found: dict[Door, str] = {}
    for path, methods, kind, _ in ROW.findall(DOCUMENT.read_text(encoding="utf-8")):
        for address in spread(path):
            for method in methods.split(", "):
                door = Door(method, address)
                assert door not in found, f"{door} is listed twice"
                found[door] = kind
    return found


@cache
def kinds() -> set[str]:
    """The words of the document for whom an address answers."""
    return set(KIND.findall(DOCUMENT.read_text(encoding="utf-8").partition("## For machines")[0]))


def served(app: Flask) -> set[Door]:
    """Every door that there is."""
    return {*_pages(app), *_machines()}


def spread(path: str) -> Iterator[str]:
    """`/a/{b,c}` -> `/a/b` and `/a/c`."""
    head, brace, rest = path.partition("{")
    if not brace:
        yield path
        return
    names, _, tail = rest.partition("}")
    for name in names.split(","):
        yield f"{head}{name}{tail}"


def _pages(app: Flask) -> Iterator[Door]:
    for rule in app.url_map.iter_rules():
        path = ANY.sub(lambda match: "{" + match[1].replace('"', "").replace(" ", "") + "}", rule.rule)
        for address in spread(re.sub(r"<\w+:(\w+)>", r"<\1>", path)):
            yield from (Door(method, address) for method in (rule.methods or set()) - BY_ITSELF)


def _machines() -> Iterator[Door]:
    for endpoint in (*ENDPOINTS, *API):
        path = re.sub(r"\{(\w+)\}", r"<\1>", endpoint.path) + ("/..." if endpoint.below else "")
        yield from (Door(method, path) for method in endpoint.methods)
