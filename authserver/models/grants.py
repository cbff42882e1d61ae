"""Grants, the `gid` of every token (decision 15): the table `grants`."""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    String,
    Table,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from authserver import clock
from authserver.models import revocations
from authserver.models.database import metadata
from authserver.models.hot import Lookup
from authserver.models.rows import Document, Strings, add, add_once, as_many, as_one, tallied
from authserver.models.unit_of_work import one, read, write

TOKEN_EXCHANGE = "token_exchange"
JWT_BEARER = "jwt_bearer"
PART = 500  # ids in one statement

grants = Table(
    "grants",
    metadata,
    Column("id", String(140), primary_key=True),
    Column("kind", String(30), nullable=False),  # authorization_code client_credentials token_exchange ...
    Column("client_id", String(500), nullable=False),
    Column("user_id", String(40)),
    Column("sid", String(40)),  # web session it was given in
    Column("scope", Text, nullable=False),
    Column("audience", Strings, nullable=False),  # empty: unbound
    Column("auth_time", BigInteger),
    Column("amr", Strings, nullable=False),
    Column("acr", String(40)),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("refresh_expires_at", BigInteger),  # absolute end of the refresh family
    Column("revoked_at", BigInteger),
    Column("revoked_because", String(40)),
    Column("key_id", String(40)),  # the API key that was exchanged; its tokens live no longer than the key (TX6)
    Column("withdrawn_scope", Text),  # what the user has taken back since, space-separated
    Column("cnf", String(140)),  # the key that its refresh tokens are bound to: "jkt:..." or "x5t#S256:..."
    Column("details", Document),  # what was asked for and granted beyond scope
    Column("parent_id", String(140)),  # the grant whose token was exchanged (RFC 8693): it ends with that one
    Column("subject_jti", String(40)),  # that token: it ends with that one too (TX6)
    Index("ix_grants_user_id_client_id", "user_id", "client_id"),
    Index("ix_grants_client_id", "client_id"),
    Index("ix_grants_parent_id", "parent_id"),
    Index("ix_grants_subject_jti", "subject_jti"),
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted to a client, by whom and how they had signed in. Times are epoch seconds."""

    id: str
    kind: str
    client_id: str
    user_id: str | None
    sid: str | None
    scope: str
    audience: tuple[str, ...]
    auth_time: int | None
    amr: tuple[str, ...]
    acr: str | None
    created_at: int
    last_used_at: int | None
    refresh_expires_at: int | None
    revoked_at: int | None
    revoked_because: str | None
    key_id: str | None = None
    withdrawn_scope: str | None = None
    cnf: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    parent_id: str | None = None
    subject_jti: str | None = None

    @property
    def scope_left(self) -> tuple[str, ...]:
        """What was granted and has not been taken back."""
        gone = (self.withdrawn_scope or "").split()
        return tuple(name for name in self.scope.split() if name not in gone)

    def is_claiming(self, *, beside: str) -> bool:
        """Whether claims were allowed beside the scopes, and this scope has not been taken back yet."""
        return "claims" in self.details and beside not in (self.withdrawn_scope or "").split()


_STANDING = Lookup(
    select(grants.c.id)
    .where(
        grants.c.client_id == bindparam("client_id"),
        grants.c.kind == literal_column("'client_credentials'"),
        grants.c.revoked_at.is_(None),
    )
    .order_by(grants.c.id)
)


def find(grant_id: str) -> Grant | None:
    """By id, revoked or not."""
    return as_one(Grant, read().execute(select(grants).where(grants.c.id == grant_id)).one_or_none())


def open_(grant: Grant) -> None:
    """Record a new grant."""
    add(grants, grant)


def standing(client_id: str) -> str | None:
    """The id of the live grant that a client's own tokens hang on, by a hot read."""
    row = one(_STANDING, {"client_id": client_id})
    return None if row is None else str(row[0])


def ended_count(client_id: str) -> int:
    """How many grants of a client have been revoked."""
    where = (grants.c.client_id == client_id, grants.c.revoked_at.is_not(None))
    return read().execute(select(func.count()).select_from(grants).where(*where)).scalar_one()


def open_once(grant: Grant) -> bool:
    """Record a grant whose id is derived, unless it is there."""
    return add_once(grants, grant)


def open_below(grant: Grant) -> bool:
    """Record a grant that ends with its parent. False when that one has been revoked in the meantime."""
    if grant.parent_id is None or not hold(grant.parent_id):
        return False
    add(grants, grant)
    return True


def hold(grant_id: str) -> bool:
    """Let nobody else change a live grant until the commit. False when there is none."""
    c = grants.c
    statement = update(grants).where(c.id == grant_id, c.revoked_at.is_(None)).values(last_used_at=c.last_used_at)
    return write().execute(statement).rowcount == 1


def used(grant_id: str, *, cnf: str | None = None) -> bool:
    """Note a use at the token endpoint, and bind its refresh tokens, once for all.

    False when the grant has been revoked in the meantime, or bound to something else.
    """
    c = grants.c
    statement = update(grants).where(c.id == grant_id, c.revoked_at.is_(None)).values(last_used_at=clock.now())
    if cnf is not None:
        statement = statement.where(or_(c.cnf.is_(None), c.cnf == cnf)).values(cnf=cnf)
    return write().execute(statement).rowcount == 1


def revoke(grant_id: str, *, because: str) -> bool:
    """End everything issued from this grant. True for the one caller that ended it."""
    return _revoke(grants.c.id == grant_id, because) == 1


def revoke_of(*, user_id: str | None = None, client_id: str | None = None, because: str) -> int:
    """End all grants of a user, of a client, or of a user to a client. How many were ended."""
    conditions = []
    if user_id is not None:
        conditions.append(grants.c.user_id == user_id)
    if client_id is not None:
        conditions.append(grants.c.client_id == client_id)
    if not conditions:
        raise ValueError("name a user or a client")
    return _revoke(and_(*conditions), because)


def narrow(name: str, *, user_id: str, client_id: str) -> list[Grant]:
    """Take a scope back from the live grants of a user to a client. Those that held it, as they are from now on."""
    c = grants.c
    own = (c.user_id == user_id, c.client_id == client_id, c.revoked_at.is_(None))
    # Locked while they are read: of two scopes that are taken back at once both are gone.
    found = as_many(Grant, write().execute(select(grants).where(*own).with_for_update()))
    # Claims that were allowed one by one may be among those that the scope carries: they go with it.
    holding = [one for one in found if name in one.scope_left or one.is_claiming(beside=name)]
    holding += _below(holding, name)
    narrowed = [replace(one, withdrawn_scope=f"{one.withdrawn_scope or ''} {name}".strip()) for one in holding]
    for grant in narrowed:
        change = update(grants).where(c.id == grant.id, c.revoked_at.is_(None))
        write().execute(change.values(withdrawn_scope=grant.withdrawn_scope))
    revocations.note(revocations.GRANT, *(grant.id for grant in narrowed))
    return narrowed


def revoke_exchanged(*, jti: str | None = None, from_client: str | None = None, because: str) -> int:
    """End what was exchanged for this token, or for tokens of this client. How many grants were ended."""
    of_client = grants.c.parent_id.in_(select(grants.c.id).where(grants.c.client_id == from_client))
    return _revoke(grants.c.subject_jti == jti if jti is not None else of_client, because)


def end_refreshing(grant_id: str) -> None:
    """No refresh token of this grant works from now on."""
    statement = update(grants).where(grants.c.id == grant_id, grants.c.refresh_expires_at > clock.now())
    write().execute(statement.values(refresh_expires_at=clock.now()))


def revoke_every(*, because: str) -> int:
    """End all grants of everybody. How many were ended."""
    return _revoke(true(), because)


def scopes_given() -> dict[str, int]:
    """Each list of scopes that live grants hold, and how many hold it."""
    return tallied(grants.c.scope, grants.c.revoked_at.is_(None))


def people(client_id: str) -> int:
    """How many people have connected this client."""
    c = grants.c
    live = (c.client_id == client_id, c.revoked_at.is_(None), c.user_id.is_not(None))
    return read().execute(select(func.count(c.user_id.distinct())).where(*live)).scalar_one()


def of_user(user_id: str) -> list[Grant]:
    """The live grants of a user, newest first."""
    statement = select(grants).where(grants.c.user_id == user_id, grants.c.revoked_at.is_(None))
    return as_many(Grant, read().execute(statement.order_by(grants.c.created_at.desc())))


def every(*, user_id: str | None = None, client_id: str | None = None, limit: int = 1000) -> list[Grant]:
    """Grants, newest first."""
    statement = select(grants).order_by(grants.c.created_at.desc(), grants.c.id).limit(limit)
    if user_id is not None:
        statement = statement.where(grants.c.user_id == user_id)
    if client_id is not None:
        statement = statement.where(grants.c.client_id == client_id)
    return as_many(Grant, read().execute(statement))


def purge(before: int, *, exchanged_before: int) -> int:
    """Forget grants revoked before this time and exchanges made before that one: no token of theirs lives."""
    exchanged = grants.c.kind.in_((TOKEN_EXCHANGE, JWT_BEARER)) & (grants.c.created_at < exchanged_before)
    return write().execute(grants.delete().where(or_(grants.c.revoked_at < before, exchanged))).rowcount


def _revoke(where: ColumnElement[bool], because: str) -> int:
    """End them, and whatever was exchanged for their tokens, however often (TX6)."""
    level = ended = _end(where, because)
    while level:
        level = [one for part in _parts(level) for one in _end(grants.c.parent_id.in_(part), because)]
        ended = [*ended, *level]
    revocations.note(revocations.GRANT, *ended)
    return len(ended)


def _end(where: ColumnElement[bool], because: str) -> list[str]:
    statement = update(grants).where(where, grants.c.revoked_at.is_(None))
    statement = statement.values(revoked_at=clock.now(), revoked_because=because)
    return list(write().execute(statement.returning(grants.c.id)).scalars())


def _below(above: list[Grant], name: str) -> list[Grant]:
    """The live grants that hang on these, however deep, and hold this scope."""
    found: list[Grant] = []
    while above:
        level: list[Grant] = []
        for part in _parts([grant.id for grant in above]):
            where = (grants.c.parent_id.in_(part), grants.c.revoked_at.is_(None))
            level += as_many(Grant, write().execute(select(grants).where(*where).with_for_update()))
        above = [grant for grant in level if name in grant.scope_left]
        found += above
    return found


def _parts(ids: list[str]) -> list[list[str]]:
    """In pieces that fit into one statement."""
    return [ids[start : start + PART] for start in range(0, len(ids), PART)]
