"""Scopes (RFC 6749 section 3.3): their syntax, and who may ask for which."""

import re
from collections.abc import Iterable

from authserver.models import scopes
from authserver.models.clients import Client
from authserver.models.scopes import Scope
from authserver.models.users import User
from authserver.oauth.errors import InvalidScopeError, printable

OPENID_SCOPES = ("openid", "profile", "email", "offline_access")
#: Never carried by an API key (decision 30).
NOT_FOR_KEYS = frozenset({*OPENID_SCOPES, "manage", "admin"})
#: How people see scopes grouped, in this order.
KINDS = ("identity", "read", "change", "delete", "offline")
_KINDS_BY_NAME = {"openid": "identity", "profile": "identity", "email": "identity", "offline_access": "offline"}
_KINDS_BY_PREFIX = {"read": "read", "download": "read", "delete": "delete"}
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
LONGEST = 2000


def split(text: str | None) -> tuple[str, ...]:
    """The scopes of a parameter, each once, in order. Raises invalid_scope for characters that a scope may not have."""
    if not text:
        return ()
    names = tuple(dict.fromkeys(text.split(" ")))
    if len(text) > LONGEST or not all(_TOKEN.fullmatch(name) for name in names):
        raise InvalidScopeError("The scope is malformed.")
    return names


def join(names: Iterable[str]) -> str:
    """The scopes as one parameter."""
    return " ".join(names)


def known() -> list[Scope]:
    """Every scope of this server, in the order people see them."""
    return scopes.every()


def open_to(client: Client) -> tuple[str, ...]:
    """Every scope that this client may ask for; without a list of its own, all that are not reserved."""
    if client.scope:
        return tuple(client.scope.split())
    return tuple(scope.name for scope in scopes.every() if not scope.reserved)


def check_asked(names: tuple[str, ...], client: Client) -> None:
    """Raises invalid_scope for one that is unknown or not open to the client."""
    names_known = {scope.name for scope in scopes.every()}
    allowed = set(open_to(client))
    for name in names:
        if name not in names_known:
            raise InvalidScopeError(f"The scope {printable(name, 60)} is unknown.")
        if name not in allowed:
            raise InvalidScopeError(f"The scope {printable(name, 60)} is not allowed for this client.")


def within(names: tuple[str, ...], wider: Iterable[str]) -> tuple[str, ...]:
    """The same names. Raises invalid_scope when one is not among the wider ones."""
    if beyond := [name for name in names if name not in set(wider)]:
        raise InvalidScopeError(f"The scope {printable(beyond[0], 60)} exceeds what was granted.")
    return names


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
