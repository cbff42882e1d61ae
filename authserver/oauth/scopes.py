"""Scopes (RFC 6749 section 3.3): their syntax, and who may ask for which."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from authserver.models import scopes
from authserver.models.clients import Client
from authserver.models.scopes import Scope
from authserver.models.users import User
from authserver.oauth.descriptions import described
from authserver.oauth.errors import Cause, InvalidScopeError, printable
from authserver.traces import passed

OPENID_SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access")
#: Never carried by an API key (decision 30).
NOT_FOR_KEYS = frozenset({*OPENID_SCOPES, "manage", "admin"})
#: How people see scopes grouped, in this order.
KINDS = ("identity", "read", "change", "delete", "offline")
_KINDS_BY_NAME = {name: "offline" if name == "offline_access" else "identity" for name in OPENID_SCOPES}
_KINDS_BY_PREFIX = {"read": "read", "download": "read", "delete": "delete"}
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
LONGEST = 2000
CHECK = "Scope"


def split(text: str | None) -> tuple[str, ...]:
    """The scopes of a parameter, each once, in order. Raises invalid_scope for characters that a scope may not have."""
    if not text:
        return ()
    names = tuple(dict.fromkeys(text.split(" ")))
    if len(text) > LONGEST or not all(_TOKEN.fullmatch(name) for name in names):
        raise InvalidScopeError("The scope is malformed.", Cause("scope_malformed", CHECK))
    return names


def join(names: Iterable[str]) -> str:
    """The scopes as one parameter."""
    return " ".join(names)


def known() -> list[Scope]:
    """Every scope of this server, in the order people see them, described in their language."""
    return [described(scope) for scope in scopes.every()]


def open_to(client: Client) -> tuple[str, ...]:
    """Every scope that this client may ask for; without a list of its own, all that are not reserved."""
    if client.scope:
        return tuple(client.scope.split())
    return tuple(scope.name for scope in scopes.every() if not scope.reserved)


def asked(text: str | None, client: Client) -> tuple[str, ...]:
    """The scopes of a request, or all that the client is registered for. Raises invalid_scope."""
    names = split(text) or tuple(client.scope.split())
    if not names:
        raise InvalidScopeError("The parameter scope is missing.", Cause("scope_missing", CHECK))
    check_asked(names, client)
    passed(CHECK, join(names))
    return names


def check_asked(names: tuple[str, ...], client: Client) -> None:
    """Raises invalid_scope for one that is unknown or not open to the client."""
    names_known = {scope.name for scope in scopes.every()}
    allowed = open_to(client)
    for name in names:
        if name not in names_known:
            raise InvalidScopeError(f"The scope {printable(name, 60)} is unknown.", _unknown(name, allowed))
        if name not in allowed:
            says = f"The scope {printable(name, 60)} is not allowed for this client."
            raise InvalidScopeError(says, not_allowed(name, allowed))


def within(names: tuple[str, ...], wider: Iterable[str]) -> tuple[str, ...]:
    """The same names. Raises invalid_scope when one is not among the wider ones."""
    if wider_still := [name for name in names if name not in set(wider)]:
        cause = Cause("scope_exceeds", CHECK, expected=f"within {join(wider)}", received=join(names))
        raise InvalidScopeError(f"The scope {printable(wider_still[0], 60)} exceeds what was granted.", cause)
    return names


def not_allowed(name: str, allowed: Iterable[str]) -> Cause:
    """Why a client may not ask for this scope."""
    return Cause("scope_not_allowed", CHECK, expected=f"within {join(allowed)}", received=name)


def _unknown(name: str, allowed: Iterable[str]) -> Cause:
    """With the name that was probably meant, of those that this client may ask for."""
    near = get_close_matches(name[:100], allowed, n=1)
    says = f"There is no scope {name[:60]}."
    return Cause("scope_unknown", CHECK, f"{says} Did you mean {near[0]}?" if near else says, received=name)


def own(user: User) -> list[Scope]:
    """The scopes that a user has to give: all that are not reserved, for an administrator all (decision 30)."""
    return [scope for scope in scopes.every() if user.is_admin or not scope.reserved]


def for_keys(user: User) -> list[Scope]:
    """The scopes that a key of this user may carry."""
    return [scope for scope in own(user) if scope.name not in NOT_FOR_KEYS]


def kind(name: str) -> str:
    """Which of `KINDS` a scope is, by its name: what nobody knows may change something."""
    prefix, colon, _ = name.partition(":")
    return _KINDS_BY_NAME.get(name) or (_KINDS_BY_PREFIX.get(prefix, "change") if colon else "change")


def by_kind(found: Iterable[Scope]) -> tuple[tuple[str, tuple[Scope, ...]], ...]:
    """The scopes under their kinds, empty kinds left out."""
    every = tuple(found)
    groups = ((name, tuple(scope for scope in every if kind(scope.name) == name)) for name in KINDS)
    return tuple((name, members) for name, members in groups if members)
