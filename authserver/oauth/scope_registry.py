"""Which scopes there are: adding them, removing them, and what depends on each."""

from dataclasses import dataclass

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import api_keys, clients, grants, scopes
from authserver.models.scopes import Scope
from authserver.oauth.errors import InvalidScopeError
from authserver.oauth.scopes import NOT_FOR_KEYS, split

LONGEST_NAME, LONGEST_DESCRIPTION = 100, 300


class BadScope(Exception):
    """A scope cannot be like that: `field` names the input, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TakenScope(BadScope):
    """There is one of this name."""


class UnknownScope(Exception):
    """There is none of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no scope {name}.")


@dataclass(frozen=True, slots=True)
class Use:
    """How many applications name a scope, how many live keys carry it, and how many live grants hold it."""

    applications: int
    keys: int
    grants: int

    def __bool__(self) -> bool:
        return bool(self.applications or self.keys or self.grants)


def add(name: str, *, description: str, reserved: bool, actor: str, address: str | None = None) -> Scope:
    """A new scope; without a description its name has to do. Raises BadScope, TakenScope."""
    if not _is_one(name):
        raise BadScope("name", f"A scope is one word of at most {LONGEST_NAME} characters.")
    words = " ".join(description.split()) or name
    if len(words) > LONGEST_DESCRIPTION or not words.isprintable():
        raise BadScope("description", f"A description has at most {LONGEST_DESCRIPTION} visible characters.")
    if not scopes.add(name, description=words, reserved=reserved):
        raise TakenScope("name", f"There is a scope {name} already.")
    record(Tag.SCOPE_ADDED, actor=actor, address=address, scope=name, reserved=reserved)
    return next(scope for scope in scopes.every() if scope.name == name)


def remove(name: str, *, actor: str, address: str | None = None) -> None:
    """Nobody can ask for it any more; what was granted keeps it until it ends. Raises BadScope, UnknownScope."""
    if name in NOT_FOR_KEYS:
        raise BadScope("name", f"The scope {name} is part of this server.")
    if not scopes.remove(name):
        raise UnknownScope(name)
    record(Tag.SCOPE_REMOVED, actor=actor, address=address, scope=name)


def uses() -> dict[str, Use]:
    """The use of every scope that is used."""
    counts = [_by_scope(found) for found in (clients.scopes_named(), api_keys.scopes_carried(), grants.scopes_given())]
    return {name: Use(*(count.get(name, 0) for count in counts)) for name in {name for each in counts for name in each}}


def use(name: str) -> Use:
    """The use of one scope."""
    return uses().get(name, Use(0, 0, 0))


def _by_scope(lists: dict[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for names, number in lists.items():
        for name in names.split():
            counts[name] = counts.get(name, 0) + number
    return counts


def _is_one(name: str) -> bool:
    try:
        return split(name) == (name,) and len(name) <= LONGEST_NAME
    except InvalidScopeError:
        return False
