"""Requests that have ended and are not written yet, and how many of them are kept at all."""

import threading

from authserver import clock
from authserver.traces.checks import Checks

#: Requests that wait to be written; beyond it none is kept.
MOST = 2000
MINUTE = 60
#: Of one application in one minute of one process. Refusals matter to people, successes are samples.
SUCCESSES, REFUSALS, UNPROVEN = 10, 30, 20
#: Of all that anybody could have sent in the name of some application.
STRANGERS = 300
#: Applications that are counted apart.
APART = 5000


class Budget:
    """How many more of a kind this minute takes."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[tuple[str, str], int] = {}

    def takes(self, checks: Checks, *, now: int) -> bool:
        """Whether this request is kept. One is counted."""
        if now // MINUTE != self._minute:
            self._minute, self._counts = now // MINUTE, {}
        kind, limit = _kind(checks)
        name = checks.client_id or (checks.cause.client_id if checks.cause is not None else None) or ""
        if not self._spend((kind, name if len(self._counts) < APART else ""), limit):
            return False
        return checks.proven or self._spend(("stranger", ""), STRANGERS)

    def _spend(self, key: tuple[str, str], limit: int) -> bool:
        count = self._counts.get(key, 0)
        if count >= limit:
            return False
        self._counts[key] = count + 1
        return True


def _kind(checks: Checks) -> tuple[str, int]:
    if checks.error is None:
        return "success", SUCCESSES
    return ("refusal", REFUSALS) if checks.proven else ("unproven", UNPROVEN)


class Notes:
    """Bounded, and one short lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Checks] = []
        self._budget = Budget()
        self._sampled: dict[str | None, int] = {}  # application -> minute of which no further success is kept

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, checks: Checks) -> bool:
        """Keep it, if there is room. Whether it is kept."""
        now = checks.at = clock.now()
        # The success of a busy machine: nearly always one too many, and this without the lock.
        if checks.error is None and self._sampled.get(checks.client_id) == now // MINUTE:
            return False
        with self._lock:
            kept = len(self._waiting) < MOST and self._budget.takes(checks, now=now)
            if kept:
                self._waiting.append(checks)
            elif checks.error is None:
                self._sample(checks.client_id, now // MINUTE)
        return kept

    def _sample(self, client_id: str | None, minute: int) -> None:
        if len(self._sampled) >= APART:
            self._sampled.clear()
        self._sampled[client_id] = minute

    def take(self) -> tuple[Checks, ...]:
        """All that wait, to be written."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return tuple(waiting)

    def put_back(self, batch: tuple[Checks, ...]) -> None:
        """They could not be written: they wait again."""
        with self._lock:
            self._waiting = [*batch, *self._waiting][:MOST]
