"""Every door of the server, read off its own lists and sources: a new one is tested without being named anywhere.

Paths come from ENDPOINTS, API and `app.url_map`, names of parameters from the calls that read them, forms from pages.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flask import Flask

import authserver
from authserver.api import API
from authserver.endpoints import ENDPOINTS
from authserver.wire import ANY_METHOD

PACKAGE = Path(authserver.__file__).parent
READERS = frozenset({"first", "required", "every", "get", "getlist"})
BODIES = ("POST", "PUT", "PATCH")
METHODS = ("GET", *BODIES, "DELETE")
#: By their names in the metadata (RFC 8414); others read JSON, or nothing.
FORM_ENDPOINTS = frozenset(
    f"{name}_endpoint"
    for name in (
        "token",
        "introspection",
        "revocation",
        "userinfo",
        "pushed_authorization_request",
        "device_authorization",
    )
)
_NAME = re.compile(r"[a-z][a-z_]{1,40}")

#: In a query or a form: NUL, a byte that is no UTF-8, overlong, a lone surrogate, beyond Unicode, cut off.
POISONS = ("%00", "%ff", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%e2%82")
Door = tuple[str, str]


def machine_doors(*, reading: bool = False) -> list[Door]:
    """Method and path of every endpoint; with `reading`, where it reads a body."""
    return sorted(
        (method, re.sub(r"{[^}]+}", "x", endpoint.path))
        for endpoint in [*ENDPOINTS, *API]
        for method in (METHODS if endpoint.methods == ANY_METHOD else endpoint.methods)
        if not reading or (endpoint.body_limit is not None and method in BODIES)
    )


def takes_forms(path: str) -> bool:
    """Whether this is an endpoint of the protocol whose parameters come as a form."""
    return any(endpoint.path == path and endpoint.name in FORM_ENDPOINTS for endpoint in ENDPOINTS)


def page_doors(app: Flask, fill: str = "x") -> list[Door]:
    """Method and path of every page; variable parts are filled in."""
    return sorted(_views(app, fill))


def doors(app: Flask, *, reading: bool = False) -> list[Door]:
    """All of them; with `reading`, those that read a body."""
    pages = [door for door in page_doors(app) if not reading or door[0] in BODIES]
    return machine_doors(reading=reading) + pages


@cache
def parameters_of_machines() -> tuple[str, ...]:
    """Every parameter that the protocol reads."""
    return _names("oauth", "endpoints", "api", "rest")


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
        for method in (rule.methods or set()) & set(METHODS)
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
