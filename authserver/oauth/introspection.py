"""Introspection (RFC 7662): a string -> its kind by its shape -> what the asking server may know, or nothing."""

import ipaddress
import threading
from typing import Any

from authserver import clock
from authserver.models import callers
from authserver.oauth import client_auth
from authserver.oauth.credentials import CREDENTIALS
from authserver.oauth.credentials.credential import Question, Verifier
from authserver.oauth.errors import InvalidRequestError, SlowDownError
from authserver.oauth.request import Request

LONGEST_COST = 9


class Misses:
    """Well-formed tokens that were not found, by caller and minute: guesses are slowed, good tokens never (IN13)."""

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
            raise SlowDownError(self.WINDOW - second)


def introspect(request: Request, verifier: Verifier, misses: Misses) -> dict[str, Any] | None:
    """The claims for this caller; None for everything that is not good, whatever the reason."""
    parameters = request.form()
    presented = client_auth.present(request.headers, parameters)
    question = Question(
        caller_id=presented.client_id,
        secret=presented.secret,
        address=_address(parameters.first("ip")),
        verifier=verifier,
    )
    token = parameters.first("token") or ""
    kind = next((kind for kind in CREDENTIALS if kind.recognises(token)), None)
    found = kind.introspect(token, question) if kind else None
    caller, claims = found if found else (callers.look_up(callers.ALONE, **question.identity())[0], None)
    client_auth.admit(caller, presented)
    parameters.required("token")
    _check_cost(parameters.first("cost"))
    if claims is None and found is not None:
        misses.count(presented.client_id)
    return claims


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise InvalidRequestError("ip must be an IP address.") from None


def _check_cost(text: str | None) -> None:
    # Spent by tiers; a malformed one is refused from the first day.
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= LONGEST_COST):
        raise InvalidRequestError("cost must be a whole number, 0 or more.")
