"""Spending a request of an account's tier: exact across workers, bounded and said so when the counters are lost."""

import logging
import threading
import time
from dataclasses import dataclass

from authserver import clock
from authserver.limits.local import LocalCounters
from authserver.models.counters import Count, Counters, CountersLost
from authserver.models.tiers import Tier

log = logging.getLogger("authserver.limits")
PAUSE = 2.0  # seconds before a lost store is asked again: it must not slow every request


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an account may still do in its window. `reset` is in seconds from now."""

    limit: int
    window: int
    remaining: int
    reset: int
    exceeded: bool
    degraded: bool = False

    @property
    def used(self) -> int:
        return self.limit - self.remaining


class Limiter:
    """Counts in the shared store; in this process alone while that is lost (RL9)."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._local = LocalCounters()
        self._lock = threading.Lock()
        self._lost_until: float | None = None

    def spend(self, account: str, tier: Tier, cost: int) -> Allowance:
        """Spend `cost` requests if they fit, else none; with 0 only look (contract, introspection)."""
        if self._lost_until is not None and not self._is_my_turn():
            return self._spent(self._local, account, tier, cost, degraded=True)
        try:
            allowance = self._spent(self._counters, account, tier, cost, degraded=False)
        except CountersLost as error:
            self._lost(error)
            return self._spent(self._local, account, tier, cost, degraded=True)
        if self._lost_until is not None:
            self._lost_until = None
            log.warning("counters are back")
        return allowance

    def purge(self) -> int:
        """Forget windows that are over."""
        return self._counters.purge(clock.now())

    def answers(self) -> bool:
        """Whether the shared store is there; asks it."""
        try:
            self._counters.look("health", window=1, now=clock.now())
        except CountersLost as error:
            self._lost(error)
            return False
        return True

    def _is_my_turn(self) -> bool:
        """Whether this request tries the lost store again: one at a time, the others do not wait for it."""
        with self._lock:
            now = time.monotonic()
            if self._lost_until is not None and now < self._lost_until:
                return False
            self._lost_until = now + PAUSE
            return True

    def _lost(self, error: CountersLost) -> None:
        with self._lock:
            if self._lost_until is None:
                log.warning("counters lost, counting in this process: %s", error)
            self._lost_until = time.monotonic() + PAUSE

    def _spent(self, counters: Counters, account: str, tier: Tier, cost: int, *, degraded: bool) -> Allowance:
        now = clock.now()
        count: Count | None = None
        refused = False
        if cost:
            count = counters.spend(account, cost=cost, limit=tier.limit, window=tier.window, now=now)
            refused = count is None
        if count is None:
            count = counters.look(account, window=tier.window, now=now) or Count(0, now + tier.window)
        remaining = max(0, tier.limit - count.used)
        exceeded = refused or (cost == 0 and remaining == 0)
        reset = min(tier.window, max(1, count.resets_at - now))
        return Allowance(tier.limit, tier.window, remaining, reset, exceeded, degraded)
