"""Answers that may be used again for a while (RFC 7662 section 4), bounded in number and in time."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from authserver.resource_server.access import Access

#: Seconds after which an answer is used no more where the revocation feed is not followed, or has been lost.
LOST = 30


class _Kept(NamedTuple):
    """An answer, and until when it is good: by itself, and while the feed is followed."""

    until: float
    until_followed: float
    access: Access


class Cache:
    """Good answers by credential and address; what has not been asked for longest goes first. Refusals never enter."""

    def __init__(self, *, entries: int, longest: int, longest_followed: int = 0) -> None:
        self._entries = entries
        self._longest = longest
        self._longest_followed = max(longest, longest_followed)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._salt = secrets.token_bytes(32)
        self._dropped = 0

    @property
    def mark(self) -> int:
        """Taken before a question is asked: what is dropped until its answer comes may be what it is about."""
        return self._dropped

    def recall(self, token: str, *, ip: str | None, followed: bool = False) -> Access | None:
        """A kept answer that is still fresh. `followed`: the feed would have told of its end."""
        name = self._name(token, ip)
        with self._lock:
            found = self._kept.get(name)
            if found is None:
                return None
            now = time.monotonic()
            if found.until_followed <= now or _expired(found.access):
                del self._kept[name]
                return None
            if not followed and found.until <= now:  # good again once the feed has been heard out
                return None
            self._kept.move_to_end(name)
            return found.access

    def remember(
        self, token: str, access: Access, *, ip: str | None, followed: bool = False, mark: int | None = None
    ) -> None:
        """Keep an answer as long as it says, and never longer than we were told to.

        Not if something was dropped since the `mark`: the question may have been asked just before that ended.
        """
        seconds = min(access.cache_ttl, self._longest_followed if followed else self._longest)
        if seconds <= 0 or self._entries <= 0 or _expired(access):
            return
        if access.rate_limit is not None and access.rate_limit.exceeded:
            return
        name, now = self._name(token, ip), time.monotonic()
        alone = min(seconds, self._longest, LOST) if followed else seconds
        with self._lock:
            if mark is not None and mark != self._dropped:
                return
            self._kept[name] = _Kept(now + alone, now + seconds, access)
            self._kept.move_to_end(name)
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)

    def drop(self, events: Mapping[str, Collection[str]]) -> None:
        """Forget every answer that says one of these names in the member of its kind."""
        with self._lock:
            self._dropped += 1
            ended = [name for name, kept in self._kept.items() if _names(kept.access, events)]
            for name in ended:
                del self._kept[name]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._dropped += 1
            self._kept.clear()

    def _name(self, token: str, ip: str | None) -> bytes:
        # The address belongs to the question: a key may be good from one and not from another. No token is kept.
        return hashlib.blake2b(f"{ip}\0{token}".encode(), key=self._salt, digest_size=20).digest()


def _names(access: Access, events: Mapping[str, Collection[str]]) -> bool:
    return any(access.claims.get(kind) in names for kind, names in events.items())


def _expired(access: Access) -> bool:
    return access.expires_at is not None and access.expires_at <= time.time()
