"""Scoped API keys: the table `api_keys`."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, bindparam, case, or_, select, update

from authserver import clock, opaque
from authserver.models import callers, revocations
from authserver.models.callers import Caller
from authserver.models.database import metadata
from authserver.models.listing import beyond
from authserver.models.rows import Strings, add, as_many, as_one, strings, tallied
from authserver.models.tiers import Tier
from authserver.models.unit_of_work import read, write
from authserver.models.users import users

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user_id", String(40), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("note", String(500), nullable=False),
    Column("hint", String(20), nullable=False),  # prefix and the last four characters
    Column("scope", Text, nullable=False),
    Column("environment", String(10), nullable=False),  # live test
    Column("audience", Strings, nullable=False),  # empty: good at every resource server
    Column("ip_allow", Strings, nullable=False),  # empty: from everywhere
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),  # the three are flushed in batches by `usage`, never on the read path
    Column("last_used_from", String(64)),  # address, where the asking server told it
    Column("last_used_by", String(100)),  # client id of the server that asked
    Column("notified_at", BigInteger),  # when the owner was told that it expires soon
    Column("revoked_at", BigInteger),
    Column("revoked_by", String(40)),
    Column("revoked_because", String(40)),
    Column("replaces", String(40), unique=True),  # id of the key that was rotated into this one
    Index("ix_api_keys_user_id", "user_id"),
)

_other = api_keys.alias("other")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key by its digest; `expires_at` None means never. Times are epoch seconds, `scope` is space-separated."""

    id: str
    digest: str
    user_id: str
    name: str
    note: str
    hint: str
    scope: str
    environment: str
    audience: tuple[str, ...]
    ip_allow: tuple[str, ...]
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    last_used_from: str | None
    last_used_by: str | None
    notified_at: int | None
    revoked_at: int | None
    revoked_by: str | None
    revoked_because: str | None
    replaces: str | None


class Asked(NamedTuple):
    """What introspection needs of a key and its owner; a tuple, because one is made for every request."""

    id: str
    name: str
    user_id: str
    username: str | None  # None when the owner is disabled
    scope: str
    environment: str
    audience: tuple[str, ...]
    ip_allow: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    not_before: int
    email: str
    tier: Tier

    @property
    def lives(self) -> bool:
        expired = self.expires_at is not None and self.expires_at <= clock.now()
        return self.revoked_at is None and not expired and self.username is not None


_LISTS = tuple(Asked._fields.index(name) for name in ("audience", "ip_allow"))
_ASKED = callers.beside(
    api_keys.c.id,
    api_keys.c.name,
    api_keys.c.user_id,
    users.c.username,
    api_keys.c.scope,
    api_keys.c.environment,
    api_keys.c.audience,
    api_keys.c.ip_allow,
    api_keys.c.created_at,
    api_keys.c.expires_at,
    api_keys.c.revoked_at,
    users.c.not_before,
    users.c.email,
    *callers.TIER_COLUMNS,
    joins=(
        (api_keys, api_keys.c.digest == bindparam("digest")),
        (users, (users.c.id == api_keys.c.user_id) & users.c.disabled_at.is_(None)),
        callers.TIER,
    ),
)


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return opaque.digest("api_key", key)


def ask(key: str, *, caller_id: str | None, secret: str) -> tuple[Caller | None, Asked | None]:
    """Who asks, and the key, alive or not: one hot read."""
    caller, row = callers.look_up(_ASKED, client_id=caller_id, secret=secret, digest=digest_of(key))
    if caller is None or row[0] is None:
        return caller, None
    values = [*row[:-3], Tier(*row[-3:])]
    for position in _LISTS:
        values[position] = strings(values[position])
    return caller, Asked(*values)


def store(key: ApiKey) -> None:
    """Record a new key."""
    add(api_keys, key)


def find(key_id: str, *, user_id: str | None = None) -> ApiKey | None:
    """By id, of this owner if one is named."""
    statement = select(api_keys).where(api_keys.c.id == key_id)
    if user_id is not None:
        statement = statement.where(api_keys.c.user_id == user_id)
    return as_one(ApiKey, read().execute(statement).one_or_none())


def find_by_value(key: str) -> ApiKey | None:
    """By the key itself, alive or not."""
    return as_one(ApiKey, read().execute(select(api_keys).where(api_keys.c.digest == digest_of(key))).one_or_none())


def every(
    *, user_id: str | None = None, after: tuple[int, str] | None = None, limit: int | None = None
) -> list[ApiKey]:
    """All keys, or those of one owner, newest first; those that follow the one with this `created_at` and id."""
    c = api_keys.c
    statement = select(api_keys).order_by(c.created_at.desc(), c.id).limit(limit)
    if user_id is not None:
        statement = statement.where(c.user_id == user_id)
    if after is not None:
        statement = statement.where(beyond(after, at=c.created_at, key=c.id))
    return as_many(ApiKey, read().execute(statement))


def successor(key_id: str) -> ApiKey | None:
    """The key that a key was rotated into."""
    return as_one(ApiKey, read().execute(select(api_keys).where(api_keys.c.replaces == key_id)).one_or_none())


def change(key_id: str, *, name: str, note: str, ip_allow: tuple[str, ...]) -> bool:
    """What may be changed of a key that is not revoked. False when it is."""
    statement = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    if write().execute(statement.values(name=name, note=note, ip_allow=ip_allow)).rowcount != 1:
        return False
    revocations.note(revocations.KEY, key_id)  # it may be good from fewer addresses now
    return True


@dataclass(frozen=True, slots=True)
class Use:
    """When a key was last used, from which address, and which client asked about it."""

    key_id: str
    at: int
    address: str | None
    client_id: str


_USED = (
    update(api_keys)
    .where(
        api_keys.c.id == bindparam("key_id"),
        or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= bindparam("at")),
    )
    .values(last_used_at=bindparam("at"), last_used_from=bindparam("address"), last_used_by=bindparam("client_id"))
)


def used(uses: Iterable[Use]) -> None:
    """Note last uses, unless later ones are known. They outlive a revocation: people want to see them then."""
    if values := [asdict(use) for use in uses]:
        write().execute(_USED, values)


def ending(*, after: int, before: int) -> list[ApiKey]:
    """Live keys that end in this time, whose owners were not told yet and did not replace them themselves."""
    c = api_keys.c
    superseded = select(_other.c.id).where(_other.c.replaces == c.id).exists()
    ends = (c.expires_at > after, c.expires_at <= before, c.revoked_at.is_(None), c.notified_at.is_(None))
    return as_many(ApiKey, read().execute(select(api_keys).where(*ends, ~superseded).order_by(c.expires_at, c.id)))


def notify(key_id: str) -> bool:
    """Remember that the owner is told. True for the one caller that tells."""
    statement = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.notified_at.is_(None))
    return write().execute(statement.values(notified_at=clock.now())).rowcount == 1


def revoke(key_id: str, *, by: str, because: str) -> bool:
    """End a key. True for the one caller that ended it."""
    statement = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    values: dict[str, Any] = {"revoked_at": clock.now(), "revoked_by": by, "revoked_because": because}
    if write().execute(statement.values(values)).rowcount != 1:
        return False
    revocations.note(revocations.KEY, key_id)
    return True


def revoke_every(*, by: str, because: str) -> int:
    """End all keys of everybody. How many were ended."""
    values: dict[str, Any] = {"revoked_at": clock.now(), "revoked_by": by, "revoked_because": because}
    revocations.note(revocations.EVERYTHING, "api_keys")
    return write().execute(update(api_keys).where(api_keys.c.revoked_at.is_(None)).values(values)).rowcount


def scopes_carried() -> dict[str, int]:
    """Each list of scopes that live keys carry, and how many carry it."""
    c = api_keys.c
    return tallied(c.scope, c.revoked_at.is_(None), or_(c.expires_at.is_(None), c.expires_at > clock.now()))


def supersede(key_id: str, *, at: int) -> bool:
    """Let a live key that has no successor yet end at this time at the latest. True for one caller only (AK6)."""
    c = api_keys.c
    superseded = select(_other.c.id).where(_other.c.replaces == key_id).exists()
    statement = update(api_keys).where(c.id == key_id, c.revoked_at.is_(None), ~superseded)
    earliest = case((or_(c.expires_at.is_(None), c.expires_at > at), at), else_=c.expires_at)
    connection = write()
    # On PostgreSQL the UPDATE alone would wait for a first one, and then not see the successor that it has made.
    connection.execute(select(c.id).where(c.id == key_id).with_for_update())
    if connection.execute(statement.values(expires_at=earliest)).rowcount != 1:
        return False
    revocations.note(revocations.KEY, key_id)
    return True
