"""Answers of machine endpoints: frozen, complete, independent of any framework."""

from dataclasses import dataclass
from typing import Any

import orjson

from authserver.oauth.errors import OAuth2Error

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of one response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def json_answer(document: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = NO_STORE) -> Answer:
    """A JSON document, not to be stored unless the headers say otherwise."""
    return Answer(status, (JSON, *headers), orjson.dumps(document))


def error_answer(error: OAuth2Error) -> Answer:
    """An error as RFC 6749 section 5.2 wants it."""
    extra = [
        (name, value) for name, value in error.get_headers() if name not in {"Content-Type", "Cache-Control", "Pragma"}
    ]
    document = dict(error.get_body())
    return json_answer(document, status=error.status_code, headers=(*NO_STORE, *extra))


def empty_answer(status: int = 200) -> Answer:
    """No body."""
    return Answer(status, NO_STORE, b"")
