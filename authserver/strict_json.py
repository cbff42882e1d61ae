"""JSON in which an object names each member once: of two, readers disagree about which one counts (JW10)."""

import json
from typing import Any, NoReturn

DEEPEST = 16
LONGEST_NUMBER = 18  # digits


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook` of `json`. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def parse(encoded: bytes) -> Any:
    """What stands in these bytes. Raises ValueError, also for what could not be stored, or only with trouble."""
    try:
        value = json.loads(
            encoded.decode("utf-8"), object_pairs_hook=members_once, parse_int=_integer, parse_constant=_refused
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not _is_plain(value, DEEPEST):
        raise ValueError("it is nested too deeply, or holds characters that no text may have")
    return value


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number is out of range")
    return int(text)


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _is_plain(value: Any, depth: int) -> bool:
    """Whether it is shallow, and its texts can be stored: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)
    if not isinstance(value, dict | list):
        return True
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return depth > 0 and all(_is_plain(part, depth - 1) for part in parts)
