"""Places in long lists, as they stand in addresses: time and id of the last row that was shown."""

import re

from flask import abort

_PLACE = re.compile(r"([0-9]{1,12})-([A-Za-z0-9_.~-]{1,100})")


def after(at: int, row_id: str) -> str:
    """The place behind a row."""
    return f"{at}-{row_id}"


def read(text: str | None) -> tuple[int, str] | None:
    """The place that an address names, None for the beginning. One that we have not given is 400 (AD6)."""
    if text is None:
        return None
    match = _PLACE.fullmatch(text)
    if match is None:
        abort(400, "There is no such place in this list.")
    return int(match[1]), match[2]
