"""The authorization server, asked over HTTP: `/introspect` (RFC 7662) and, without a credential, `/gateway/auth`."""

import base64
import json
import logging
import re
import ssl
import time
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote_plus, urlencode

from authserver.resource_server.access import ANONYMOUS, Access, MalformedAnswer, read
from authserver.resource_server.configuration import Configuration
from authserver.resource_server.connections import Connections, Reply, Unreachable
from authserver.resource_server.limits import RateLimit
from authserver.resource_server.refusals import MissingCredential, Unavailable

log = logging.getLogger("authserver.resource_server")

INTROSPECT = "/introspect"
GATEWAY = "/gateway/auth?anonymous=allow"
LONGEST_WAIT = 3600
_WINDOW = re.compile(r";\s*w=(\d{1,9})")
_FORM = "application/x-www-form-urlencoded"


class Authority(Protocol):
    """Who knows whether a credential is good. Tests may bring their own."""

    def introspect(
        self, token: str, *, ip: str | None, cost: int | None, follows: bool = False
    ) -> Access | None:
        """What the credential is good for; None when it is not good. Raises Unavailable.

        `follows`: we learn of its end by the revocation feed, so the answer may be kept for longer.
        """

    def count_anonymous(self, ip: str) -> Access:
        """Count a call without a credential by its address. Raises MissingCredential where none are allowed."""


class AuthorizationServer:
    """The one at the issuer's address."""

    def __init__(self, configuration: Configuration) -> None:
        self._connections = Connections(configuration.root, timeout=configuration.timeout, tls=trusting(configuration))
        self._basic = basic(configuration)

    def introspect(
        self, token: str, *, ip: str | None, cost: int | None, follows: bool = False
    ) -> Access | None:
        form = {"token": token, "ip": ip, "cost": None if cost is None else str(cost)}
        form |= {"follows": "revocations"} if follows else {}
        body = urlencode({name: value for name, value in form.items() if value is not None}).encode()
        headers = {"Authorization": self._basic, "Content-Type": _FORM, "Accept": "application/json"}
        # What spends is never sent twice: a request that was counted and not answered would count again.
        reply = self._send("POST", INTROSPECT, headers=headers, body=body, again=not cost)
        if reply.status != 200:
            raise _unavailable(INTROSPECT, reply)
        try:
            return read(json.loads(reply.body), now=int(time.time()))
        except (MalformedAnswer, ValueError, RecursionError) as error:
            log.error("%s answered what is not in the contract: %s", INTROSPECT, type(error).__name__)
            raise Unavailable() from None

    def count_anonymous(self, ip: str) -> Access:
        reply = self._send("GET", GATEWAY, headers={"X-Forwarded-For": ip}, again=False)
        if reply.status in {401, 403}:
            raise MissingCredential()
        if reply.status not in {200, 429}:
            raise _unavailable("/gateway/auth", reply)
        tier = reply.headers.get("x-auth-request-tier") or ANONYMOUS
        limit = _limit(reply, tier=tier, now=int(time.time()))
        if reply.status == 429 and limit is None:
            raise _unavailable("/gateway/auth", reply)
        return Access(ANONYMOUS, tier=tier, rate_limit=limit)

    def close(self) -> None:
        """Close idle connections."""
        self._connections.close()

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes = b"", again: bool
    ) -> Reply:
        try:
            return self._connections.send(method, path, headers=headers, body=body, again=again)
        except Unreachable as error:
            log.warning("the authorization server cannot be reached: %s", error)
            raise Unavailable() from None


def trusting(configuration: Configuration) -> ssl.SSLContext | None:
    """Whose certificates count; None: those of the system."""
    return ssl.create_default_context(cafile=configuration.ca_file) if configuration.ca_file else None


def basic(configuration: Configuration) -> str:
    """How we prove who we are (RFC 6749 section 2.3.1): both halves are form-urlencoded before they are joined."""
    pair = f"{quote_plus(configuration.client_id)}:{quote_plus(configuration.client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _limit(reply: Reply, *, tier: str, now: int) -> RateLimit | None:
    """The limit that the gateway states in its headers."""
    try:
        limit, remaining, resets_at = (
            int(reply.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")
        )
    except (KeyError, ValueError):
        return None
    window = _WINDOW.search(reply.headers.get("ratelimit-policy", ""))
    return RateLimit(
        policy=tier,
        limit=limit,
        window=int(window[1]) if window else max(1, resets_at - now),
        remaining=remaining,
        resets_at=resets_at,
        exceeded=reply.status == 429,
    )


def _unavailable(place: str, reply: Reply) -> Unavailable:
    """Any other status is no verdict on the caller: our own credential may be wrong (401), or too many ask (429)."""
    log.error("%s answered %d: this API cannot check credentials", place, reply.status)
    stated = reply.headers.get("retry-after", "")
    if stated.isascii() and stated.isdigit() and len(stated) <= 9:
        return Unavailable(min(max(1, int(stated)), LONGEST_WAIT))
    return Unavailable()
