"""JSON in a request parameter: bounded, each member once, with no number and no character that cannot be kept."""

import json
import math
from typing import Any, NoReturn

from authserver.strict_json import members_once

LONGEST = 16_384
DEEPEST = 8
FAR = 2**63  # the first whole number that our own answers could not hold


class Malformed(ValueError):
    """It cannot be taken; the message completes "The parameter ..."."""


def parse(text: str) -> Any:
    """The value. Raises Malformed."""
    if len(text) > LONGEST:
        raise Malformed(f"is longer than {LONGEST} characters")
    try:
        value = json.loads(text, object_pairs_hook=members_once, parse_constant=_refuse)
        _check(value, DEEPEST)
    except (ValueError, RecursionError):
        raise Malformed("is not JSON, is nested too deeply, or names a member twice") from None
    return value


def written(value: Any) -> str:
    """The one way in which a value is written: equal values are equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _check(value: Any, depth: int) -> None:
    """Raises ValueError for what no database, or no other reader of JSON, would give back as it came."""
    if depth == 0 or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError
    if isinstance(value, int) and not -FAR <= value < FAR:
        raise ValueError
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name)
            _check(item, depth - 1)


def _check_text(text: str) -> None:
    text.encode()  # half of a surrogate pair is no character
    if "\0" in text:
        raise ValueError


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
