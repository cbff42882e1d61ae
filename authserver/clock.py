"""The one clock: whole seconds since the epoch, UTC."""

import time


def now() -> int:
    """Seconds since 1970-01-01T00:00:00Z."""
    return int(time.time())


def span(seconds: int) -> str:
    """A length of time in its largest whole unit, in English: for developers. People's is `languages.duration`."""
    for length, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' * (count > 1)}"
    return f"{seconds} second{'s' * (seconds != 1)}"
