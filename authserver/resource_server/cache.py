"""Answers that may be used again for a while (RFC 7662 section 4), bounded in number and in time."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict

from authserver.resource_server.access import Access


class Cache:
    """Good answers by credential and address; what has not been asked for longest goes first. Refusals never enter."""

    def __init__(self, *, entries: int, longest: int) -> None:
        self._entries = entries
        self._longest = longest
        self._kept: OrderedDict[bytes, tuple[float, Access]] = OrderedDict()
        self._lock = threading.Lock()
        self._salt = secrets.token_bytes(32)

    def recall(self, token: str, *, ip: str | None) -> Access | None:
        """A kept answer that is still fresh."""
        name = self._name(token, ip)
        with self._lock:
            found = self._kept.get(name)
            if found is None:
                return None
            until, access = found
            if until <= time.monotonic() or _expired(access):
                del self._kept[name]
                return None
            self._kept.move_to_end(name)
            return access

    def remember(self, token: str, access: Access, *, ip: str | None) -> None:
        """Keep an answer as long as it says, and never longer than we were told to."""
        seconds = min(access.cache_ttl, self._longest)
        if seconds <= 0 or self._entries <= 0 or _expired(access):
            return
        if access.rate_limit is not None and access.rate_limit.exceeded:
            return
        name = self._name(token, ip)
        with self._lock:
            self._kept[name] = (time.monotonic() + seconds, access)
            self._kept.move_to_end(name)
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)

    def _name(self, token: str, ip: str | None) -> bytes:
        # The address belongs to the question: a key may be good from one and not from another. No token is kept.
        return hashlib.blake2b(f"{ip}\0{token}".encode(), key=self._salt, digest_size=20).digest()


def _expired(access: Access) -> bool:
    return access.expires_at is not None and access.expires_at <= time.time()
