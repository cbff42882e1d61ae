"""Lists in pages: `limit` and `cursor` in, `{"items": [], "next"}` out (decision 47)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authserver.oauth.request import Parameters
from authserver.rest.problems import Fault, malformed

USUAL, MOST = 50, 100
#: Query parameters of every list, as the documentation shows them.
PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    "cursor": {"type": "string", "maxLength": 200, "description": "`next` of the page before."},
}
_PLACE = re.compile(r"([0-9]{1,12}) ([A-Za-z0-9_-]{1,64})")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: at most `limit`, after the one with this time and id."""

    limit: int
    after: tuple[int, str] | None


def page(parameters: Parameters) -> Page:
    """What the query asks for. Raises Problem (400)."""
    limit, cursor = parameters.first("limit"), parameters.first("cursor")
    if limit is not None and not (re.fullmatch("[0-9]{1,3}", limit) and 1 <= int(limit) <= MOST):
        raise malformed(Fault("limit", f"must be a whole number, 1 to {MOST}"))
    return Page(USUAL if limit is None else int(limit), None if cursor is None else _place(cursor))


def cursor(at: int, object_id: str) -> str:
    """The place behind an object; only this module reads it."""
    return base64.urlsafe_b64encode(f"{at} {object_id}".encode()).rstrip(b"=").decode()


def _place(text: str) -> tuple[int, str]:
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        decoded = ""
    match = _PLACE.fullmatch(decoded)
    if match is None:
        raise malformed(Fault("cursor", "is not one that this server has given"))
    return int(match[1]), match[2]
