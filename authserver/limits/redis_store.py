"""Counters in Redis: one script, the same meaning as the SQL upsert (decision 5). Loaded only where Redis is set."""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from authserver.models.counters import SLACK, Count, CountersLost

TIMEOUT = 0.25  # seconds; then the limiter counts by itself
PREFIX = "authserver:counter:"
#: KEYS[1] the counter; ARGV cost, limit, window, now. Answers {used, resets_at}, or nothing when the cost does not fit.
SPEND = f"""
local used = tonumber(redis.call('HGET', KEYS[1], 'used') or '0')
local resets = tonumber(redis.call('HGET', KEYS[1], 'resets_at') or '0')
local cost, limit, window, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if resets <= now or resets > now + window + {SLACK} then used = 0; resets = now + window end
if used + cost > limit then return nil end
redis.call('HSET', KEYS[1], 'used', used + cost, 'resets_at', resets)
redis.call('EXPIRE', KEYS[1], resets - now + 1)
return {{used + cost, resets}}
"""


class RedisCounters:
    """One Redis for any number of machines."""

    def __init__(self, url: str) -> None:
        # Never again by itself: it would count twice what was counted before the answer was lost, and wait for seconds.
        once = Retry(NoBackoff(), 0)
        self._redis: Any = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, decode_responses=True, retry=once
        )
        self._script = self._redis.register_script(SPEND)

    def spend(self, key: str, *, cost: int, limit: int, window: int, now: int) -> Count | None:
        """See `Counters`."""
        try:
            found = self._script(keys=[PREFIX + key], args=[cost, limit, window, now])
        except redis.RedisError as error:
            raise CountersLost(type(error).__name__) from error
        return None if found is None else Count(int(found[0]), int(found[1]))

    def look(self, key: str, *, window: int, now: int) -> Count | None:
        """See `Counters`."""
        try:
            used, resets_at = self._redis.hmget(PREFIX + key, "used", "resets_at")
        except redis.RedisError as error:
            raise CountersLost(type(error).__name__) from error
        if resets_at is None or not now < int(resets_at) <= now + window + SLACK:
            return None
        return Count(int(used), int(resets_at))

    def purge(self, now: int) -> int:
        """Redis forgets by itself."""
        return 0
