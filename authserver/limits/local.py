"""Counters of this process alone: what remains when the shared store is lost."""

import threading

from authserver.models.counters import SLACK, Count

MOST = 100_000


class LocalCounters:
    """The same meaning as the shared store, for one process; bounded, so that many addresses cannot fill the memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Count] = {}

    def spend(self, key: str, *, cost: int, limit: int, window: int, now: int) -> Count | None:
        """See `Counters`."""
        with self._lock:
            count = self._open(key, window, now)
            used = cost if count is None else count.used + cost
            if used > limit:
                return None
            if key not in self._counts and len(self._counts) >= MOST:
                self._forget(now)
            spent = self._counts[key] = Count(used, now + window if count is None else count.resets_at)
            return spent

    def look(self, key: str, *, window: int, now: int) -> Count | None:
        """See `Counters`."""
        with self._lock:
            return self._open(key, window, now)

    def purge(self, now: int) -> int:
        """See `Counters`."""
        with self._lock:
            return self._forget(now)

    def _open(self, key: str, window: int, now: int) -> Count | None:
        count = self._counts.get(key)
        return count if count is not None and now < count.resets_at <= now + window + SLACK else None

    def _forget(self, now: int) -> int:
        over = [key for key, count in self._counts.items() if count.resets_at <= now]
        # Full of open windows: the oldest half goes, rather than letting anybody pass uncounted for want of room.
        for key in over or list(self._counts)[: MOST // 2]:
            del self._counts[key]
        return len(over)
