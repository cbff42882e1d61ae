"""The revocation feed of the authorization server, followed in the background: kept answers end when it says so.

One thread a process asks `/revocations` and waits for the answer there. While it is answered, answers of minutes are
safe: what has ended is dropped within a second. When it is not answered for `LOST` seconds, nothing older than that is
used until it has been heard out again. What it says is believed only with the signature of the issuer.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from authserver.resource_server.cache import LOST, Cache
from authserver.resource_server.configuration import Configuration
from authserver.resource_server.connections import Connections, Unreachable
from authserver.resource_server.introspection import basic, trusting

if TYPE_CHECKING:
    from authserver.resource_server.signature import Verifier

log = logging.getLogger("authserver.resource_server")

REVOCATIONS, KEYS = "/revocations", "/.well-known/jwks.json"
TYP = "revocations+jwt"
WAIT = 20  # seconds; with the time to connect less than LOST
PAUSE = 1.0  # seconds between questions that are not answered, or answered at once although nothing had happened
AT_ONCE = 0.5


class NotFollowed(Exception):
    """The feed cannot be read now; the text says why."""


class Feed:
    """Follows from the first call of `begin` in a process."""

    def __init__(self, configuration: Configuration, cache: Cache) -> None:
        self._issuer, self._client_id = configuration.issuer.rstrip("/"), configuration.client_id
        timeout = configuration.timeout + WAIT
        self._connections = Connections(configuration.root, timeout=timeout, tls=trusting(configuration))
        self._headers = {"Authorization": basic(configuration)}
        self._cache = cache
        self._lock = threading.Lock()
        self._process = 0
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._cursor, self._heard_at, self._silent = "", float("-inf"), False

    @property
    def alive(self) -> bool:
        """Whether everything that ended until a moment ago is known here."""
        return self._process == os.getpid() and time.monotonic() - self._heard_at < LOST

    def begin(self) -> None:
        """Follow from now on, in this process; once is enough."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            # A fork has no thread of its parent, and none of what it would have heard: nor what ended until it follows.
            if self._process:
                self._cache.clear()
            self._cursor, self._heard_at, self._silent = "", float("-inf"), False
            self._process = os.getpid()
            self._thread = threading.Thread(target=self._follow, name="revocation-feed", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Follow no longer, once the answer is there that is waited for."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(WAIT)

    def _follow(self) -> None:
        try:
            from authserver.resource_server.signature import Verifier  # joserfc may not be there
        except ImportError:
            log.warning("the revocation feed is not followed: it takes joserfc to verify it")
            return
        verifier = Verifier(issuer=self._issuer, audience=self._client_id, fetch=self._keys)
        while not self._ended.is_set():
            began, known = time.monotonic(), self._cursor
            try:
                idle = not self._hear(verifier) and bool(known)
            except Exception as error:  # whatever it is: the thread must live on
                if not self._silent:
                    log.warning("the revocation feed is lost, answers are kept for %d s: %s", LOST, error)
                self._silent, idle = True, True
            if idle and time.monotonic() - began < AT_ONCE:
                self._ended.wait(PAUSE)
        self._heard_at = float("-inf")
        self._connections.close()

    def _hear(self, verifier: Verifier) -> bool:
        """Ask once and act on the answer: whether there was any news. Raises NotFollowed, NotSigned, Unreachable."""
        asked = {"since": self._cursor, "wait": str(WAIT)} if self._cursor else {}
        reply = self._connections.send("GET", f"{REVOCATIONS}?{urlencode(asked)}", headers=self._headers)
        if reply.status != 200:
            raise NotFollowed(f"{REVOCATIONS} answered {reply.status}")
        claims = verifier.claims(reply.body.decode("ascii", "replace"), typ=TYP)
        cursor, events = claims.get("cursor"), claims.get("events")
        if not isinstance(cursor, str) or not isinstance(events, dict):
            raise NotFollowed("its answer is not understood")
        if claims.get("reset") or "all" in events:
            self._cache.clear()
        elif events:
            self._cache.drop({kind: frozenset(map(str, names)) for kind, names in events.items()})
        # Only now: what is kept from here on can be named by what comes after this cursor.
        self._cursor, self._silent = cursor, False
        if not claims.get("more"):
            self._heard_at = time.monotonic()
        return bool(events)

    def _keys(self) -> bytes:
        reply = self._connections.send("GET", KEYS, headers={})
        if reply.status != 200:
            raise Unreachable(f"{KEYS} answered {reply.status}")
        return reply.body
