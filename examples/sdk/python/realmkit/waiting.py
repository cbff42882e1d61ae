"""How long to wait before a request is tried again (RFC 9110 section 10.2.3)."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST = 0.5
LONGEST_BACK_OFF = 8.0


def seconds_of(retry_after: str | None) -> float | None:
    """A Retry-After header, in seconds or as a date; None when there is none that can be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds: float = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds)


def pause(attempt: int, retry_after: str | None) -> float:
    """Seconds before the next attempt: what the API asks for, or twice as long each time, spread at random."""
    stated = seconds_of(retry_after)
    if stated is not None:
        return stated
    return min(LONGEST_BACK_OFF, FIRST * 2**attempt) * (0.5 + random.random() / 2)
