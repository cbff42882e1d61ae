"""The one clock: whole seconds since the epoch, UTC."""

import time


def now() -> int:
    """Seconds since 1970-01-01T00:00:00Z."""
    return int(time.time())
