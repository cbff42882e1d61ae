"""Answers of machine endpoints: frozen, complete, independent of any framework."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from authserver.oauth.errors import OAuth2Error, cause_of
from authserver.traces import checks

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = ("Content-Type", "application/json")
PROBLEM = ("Content-Type", "application/problem+json")
#: For a problem whose title is the phrase of its status (RFC 9457 section 4.2.1).
BLANK = "about:blank"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of one response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def json_answer(document: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = NO_STORE) -> Answer:
    """A JSON document, not to be stored unless the headers say otherwise."""
    return Answer(status, (JSON, *headers), orjson.dumps(document))


def error_uri(error: OAuth2Error, *, issuer: str) -> str:
    """Where the error is explained to people, down to the case for a client that has authenticated.

    It is on its way to the client: noted in the trace of the request.
    """
    checks.refused(error.error, error.description or "", cause_of(error))
    case = checks.case_for_the_client()
    return page_of(error.error, issuer=issuer) + (f"#{case}" if case else "")


def page_of(code: str, *, issuer: str) -> str:
    """The public page of an error code."""
    return f"{issuer}/docs/errors/{code}"


def error_answer(error: OAuth2Error, *, issuer: str) -> Answer:
    """An error as RFC 6749 section 5.2 wants it."""
    extra = [
        (name, value) for name, value in error.get_headers() if name not in {"Content-Type", "Cache-Control", "Pragma"}
    ]
    document = {**dict(error.get_body()), "error_uri": error_uri(error, issuer=issuer)}
    return json_answer(document, status=error.status_code, headers=(*NO_STORE, *extra))


def problem_answer(
    status: int,
    detail: str,
    *,
    title: str | None = None,
    type_: str = BLANK,
    headers: tuple[tuple[str, str], ...] = (),
    **members: Any,
) -> Answer:
    """A problem (RFC 9457), with further members."""
    document = {"type": type_, "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Answer(status, (PROBLEM, *NO_STORE, *headers), orjson.dumps({**document, **members}))


def problem_of(error: OAuth2Error) -> Answer:
    """An error of the protocol as a problem: its code is a further member, its challenge stays a header."""
    kept = tuple(pair for pair in error.get_headers() if pair[0] in {"WWW-Authenticate", "DPoP-Nonce", "Retry-After"})
    return problem_answer(error.status_code, error.description, headers=kept, error=error.error)


def empty_answer(status: int = 200) -> Answer:
    """No body."""
    return Answer(status, NO_STORE, b"")
