"""Every door of the server, read off its own lists and sources: a new one is tested without being named anywhere.

Paths come from ENDPOINTS and `app.url_map`, names of parameters from the calls that read them, forms from the pages.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flask import Flask

import authserver
from authserver.endpoints import ENDPOINTS

PACKAGE = Path(authserver.__file__).parent
READERS = frozenset({"first", "required", "every", "get", "getlist"})
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_NAME = re.compile(r"[a-z][a-z_]{1,40}")

#: In a query or a form: NUL, a byte that is no UTF-8, overlong, a lone surrogate, beyond Unicode, cut off.
POISONS = ("%00", "%ff", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%e2%82")
Door = tuple[str, str]


def machine_doors() -> list[Door]:
    """Method and path of every endpoint."""
    return [(method, endpoint.path) for endpoint in ENDPOINTS for method in endpoint.methods]


def page_doors(app: Flask, fill: str = "x") -> list[Door]:
    """Method and path of every page; variable parts are filled in."""
    return sorted(_views(app, fill))


def doors(app: Flask) -> list[Door]:
    """All of them."""
    return machine_doors() + page_doors(app)


@cache
def parameters_of_machines() -> tuple[str, ...]:
    """Every parameter that the protocol reads."""
    return _names("oauth", "endpoints")


def parameters_of(app: Flask, door: Door) -> tuple[str, ...]:
    """Every parameter and field that the room of this page reads, and one that nobody does."""
    view = app.view_functions[_views(app, "x")[door]]
    room = view.__module__.split(".")[2]  # authserver.pages.<room>
    return (*_read_in_pages(room), "unknown")


@cache
def _read_in_pages(room: str) -> tuple[str, ...]:
    return tuple(sorted({*_names(f"pages/{room}", "browser"), *_fields(f"pages/{room}")}))


def _views(app: Flask, fill: str) -> dict[Door, str]:
    return {
        (method, re.sub(r"<[^>]+>", fill, rule.rule)): rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) & METHODS
    }


def _names(*rooms: str) -> tuple[str, ...]:
    names = {name for tree in _trees(*rooms) for node in ast.walk(tree) for name in _read_by(node)}
    return tuple(sorted(name for name in names if _NAME.fullmatch(name)))


def _read_by(node: ast.AST) -> Iterator[str]:
    """`x.first("name")`, and `"name" in x`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS and node.args:
        yield from _constants(node.args[0])
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
        yield from _constants(node.left)


def _constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _fields(room: str) -> Iterator[str]:
    """Attributes of form classes that are fields."""
    for tree in _trees(room):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                made = node.value.func
                if isinstance(made, ast.Name) and made.id.endswith("Field"):
                    yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _trees(*rooms: str) -> Iterator[ast.Module]:
    for room in rooms:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            yield ast.parse(path.read_text(encoding="utf-8"))
