"""Introspection (RFC 7662): a string -> its kind by its shape -> what the asking server may know, or nothing."""

import ipaddress
import threading
from dataclasses import dataclass
from typing import Any

from authserver import clock
from authserver.limits.limiter import Allowance
from authserver.models import callers
from authserver.models.callers import Caller
from authserver.oauth import client_auth, feed
from authserver.oauth.client_proof import Proofs
from authserver.oauth.credentials import CREDENTIALS
from authserver.oauth.credentials.credential import Credential, Good, Question, Unrecognised, Verifier
from authserver.oauth.errors import Cause, InvalidRequestError, Refusal, SlowDownError
from authserver.oauth.metering import Meter
from authserver.oauth.request import CHECK, Request

LONGEST_COST = 9
UNRECOGNISED = Unrecognised()
CACHE_TTL = 30  # seconds that an unmetered caller may keep an answer


class Misses:
    """Well-formed tokens that never were, by caller and minute: guesses are slowed, all others never (IN13)."""

    LIMIT = 1000
    WINDOW = 60

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def count(self, caller: str) -> None:
        """Add one. Raises slow_down (429) when the caller guesses."""
        minute, second = divmod(clock.now(), self.WINDOW)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            count = self._counts[caller] = self._counts.get(caller, 0) + 1
        if count > self.LIMIT:
            cause = Cause("too_many_guesses", "Guesses", expected=f"at most {self.LIMIT} a minute")
            raise SlowDownError(self.WINDOW - second, cause)


@dataclass(frozen=True, slots=True)
class Introspected:
    """The document for this caller, None for all that is not good; whether limits were counted here alone."""

    caller_id: str
    document: dict[str, Any] | None
    degraded: bool = False


def introspect(request: Request, *, verifier: Verifier, misses: Misses, meter: Meter, proofs: Proofs) -> Introspected:
    """What the caller may know of a token. Raises invalid_client, invalid_request, slow_down."""
    parameters = request.form()
    presented = client_auth.present(request.headers, parameters)
    proven = proofs.client_of(presented, request)  # by its key; a secret is looked up beside the token
    question = Question(
        caller_id=presented.client_id,
        secret=presented.secret,
        address=_address(parameters.first("ip")),
        verifier=verifier,
    )
    token = parameters.first("token") or ""
    found = _kind(token).introspect(token, question)
    caller, good = found if found else (callers.look_up(callers.ALONE, **question.identity())[0], None)
    caller = client_auth.admit(caller, presented, proven=proven, address=request.address)
    if caller.secret_id is not None:
        meter.usage.note_secret(caller.secret_id, address=request.address or None)
    try:
        parameters.required("token")
        cost = _cost(parameters.first("cost"), caller)
        if found is not None and good is None:
            misses.count(presented.client_id)
    except Refusal as error:
        error.client_id = caller.client_id
        raise
    if not isinstance(good, Good):
        return Introspected(caller.client_id, None)
    spent = meter.spend(good, cost, client_id=caller.client_id, address=question.address)
    follows = caller.type == callers.RESOURCE_SERVER and parameters.first("follows") == "revocations"
    return _answered(good, caller, spent, follows=follows)


def recognised(token: str, *, verifier: Verifier, address: str | None) -> Good | None:
    """A credential presented to a door of our own, from this address; None when it is not good.

    Every kind is taken, bound to whatever audience and for whatever environment: the door decides.
    """
    question = Question(caller_id=None, secret="", address=address, verifier=verifier)
    found = _kind(token).introspect(token, question)
    return found[1] if found and isinstance(found[1], Good) else None


def _kind(token: str) -> Credential:
    return next((kind for kind in CREDENTIALS if kind.recognises(token)), UNRECOGNISED)


def _answered(good: Good, caller: Caller, allowance: Allowance, *, follows: bool) -> Introspected:
    rate_limit = {
        "limit": allowance.limit,
        "window": allowance.window,
        "remaining": allowance.remaining,
        "reset": allowance.reset,
        "exceeded": allowance.exceeded,
    }
    # Who follows the revocation feed learns in time of every end that it announces.
    longest = feed.CACHE_TTL if follows and good.announced else CACHE_TTL
    exp = good.claims.get("exp", clock.now() + longest)
    # Whoever meters must ask every time; nobody keeps an answer longer than the credential lives.
    cache_ttl = 0 if caller.meter else max(0, min(longest, exp - clock.now()))
    document = {**good.claims, "tier": good.tier.name, "rate_limit": rate_limit, "cache_ttl": cache_ttl}
    if follows and good.grant_id is not None:
        document["gid"] = good.grant_id  # by which the feed names it
    return Introspected(caller.client_id, document, allowance.degraded)


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise InvalidRequestError("ip must be an IP address.", Cause("ip", CHECK, received=text)) from None


def _cost(text: str | None, caller: Caller) -> int:
    """What is spent of the presented credential's tier (decision 23): only resource servers spend."""
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= LONGEST_COST):
        raise InvalidRequestError("cost must be a whole number, 0 or more.", Cause("cost", CHECK, received=text))
    if caller.type != "resource_server":
        return 0
    return int(text) if text is not None else int(caller.meter)
