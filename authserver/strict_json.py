"""JSON in which an object names each member once: of two, readers disagree about which one counts (JW10)."""

from typing import Any


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook` of `json`. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found
