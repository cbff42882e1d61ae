"""What the authorization server says of a credential (RFC 7662 section 2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from authserver.resource_server.limits import RateLimit

ANONYMOUS = "anonymous"


class MalformedAnswer(ValueError):
    """The authorization server says something else than the contract."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, and what the credential is good for. `claims` is the whole answer, for what is not named here.

    `token_use` is `api_key`, `access_token`, `session_token`, or `anonymous` for a call without a credential.
    """

    token_use: str
    sub: str = ""
    scopes: frozenset[str] = frozenset()
    client_id: str = ""
    username: str = ""
    key_id: str = ""
    environment: str = ""
    tier: str = ""
    token_type: str = "Bearer"
    audience: tuple[str, ...] = ()
    expires_at: int | None = None
    cache_ttl: int = 0
    rate_limit: RateLimit | None = None
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def anonymous(self) -> bool:
        """Whether the call came without a credential."""
        return self.token_use == ANONYMOUS

    @property
    def sender_constrained(self) -> bool:
        """Whether the credential is good only with a proof of possession beside it (RFC 8705, RFC 9449)."""
        return self.token_type.lower() != "bearer" or "cnf" in self.claims


def read(document: Any, *, now: int) -> Access | None:
    """The answer of `/introspect`; None for a credential that is not good. Raises MalformedAnswer."""
    if not isinstance(document, dict) or not isinstance(document.get("active"), bool):
        raise MalformedAnswer("the answer has no member `active`")
    if not document["active"]:
        return None
    names = ("sub", "client_id", "username", "key_id", "environment", "tier")
    return Access(
        token_use=_text(document, "token_use") or "access_token",
        token_type=_text(document, "token_type") or "Bearer",
        scopes=frozenset(_text(document, "scope").split()),
        audience=_audience(document.get("aud")),
        expires_at=_number(document, "exp") if "exp" in document else None,
        cache_ttl=_number(document, "cache_ttl", 0),
        rate_limit=_rate_limit(document, now),
        claims=MappingProxyType(document),
        **{name: _text(document, name) for name in names},
    )


def _rate_limit(document: dict[str, Any], now: int) -> RateLimit | None:
    stated = document.get("rate_limit")
    if stated is None:
        return None
    if not isinstance(stated, dict):
        raise MalformedAnswer("`rate_limit` is not an object")
    limit, window, remaining, reset = (_number(stated, name) for name in ("limit", "window", "remaining", "reset"))
    return RateLimit(
        policy=_text(document, "tier") or "default",
        limit=limit,
        window=window,
        remaining=remaining,
        resets_at=now + reset,
        exceeded=stated.get("exceeded") is True,
    )


def _audience(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(name for name in names if isinstance(name, str))


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedAnswer(f"`{name}` is not a string")
    return value


def _number(document: dict[str, Any], name: str, default: int | None = None) -> int:
    value = document.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedAnswer(f"`{name}` is not a whole number")
    return value
