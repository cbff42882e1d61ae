"""Access tokens: opaque ones have a row here; of a JWT only the jti is kept, once it is revoked (decision 15)."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from authserver import clock, opaque
from authserver.models import callers, revocations
from authserver.models.api_keys import api_keys
from authserver.models.callers import Caller
from authserver.models.clients import clients
from authserver.models.database import metadata
from authserver.models.grants import grants, hold, revoke_exchanged
from authserver.models.rows import Document, Strings, add, add_once, as_one, document, strings
from authserver.models.tiers import Tier
from authserver.models.unit_of_work import read, write
from authserver.models.users import users

BECAUSE = "subject token revoked"

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("jti", String(40), nullable=False),
    Column("grant_id", String(140), ForeignKey("grants.id", ondelete="CASCADE"), nullable=False),
    Column("client_id", String(500), nullable=False),
    Column("sub", String(100), nullable=False),
    Column("scope", Text, nullable=False),
    Column("audience", Strings, nullable=False),  # empty: unbound
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("claims", Document),  # what it says beyond the columns: cnf, act, authorization_details
    Index("ix_access_tokens_grant_id", "grant_id"),
    Index("ix_access_tokens_expires_at", "expires_at"),
)
revoked_jtis = Table(
    "revoked_jtis",
    metadata,
    Column("jti", String(40), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_revoked_jtis_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token of either form. `scope` is space-separated, an empty `audience` is unbound; epoch seconds."""

    digest: str  # empty for a JWT
    jti: str
    grant_id: str
    client_id: str
    sub: str
    scope: str
    audience: tuple[str, ...]
    issued_at: int
    expires_at: int
    revoked_at: int | None
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def lives(self) -> bool:
        return self.revoked_at is None and self.expires_at > clock.now()


class Standing(NamedTuple):
    """Whether what stands behind a token still stands: grant, client, user, an exchanged key, the jti of a JWT.

    A tuple, because one is made for every request.
    """

    grant_id: str | None
    client_id: str | None
    user_id: str | None  # of the grant; None for client_credentials
    username: str | None  # None when the user is disabled or gone
    user_not_before: int | None
    revoked_jti: str | None
    key_id: str | None  # of the API key that was exchanged
    live_key_id: str | None  # None when it has ended
    email: str | None
    withdrawn_scope: str | None  # what the user has taken back of the grant, space-separated
    tier: Tier
    not_before: int  # of the installation

    def holds(self, *, issued_at: int) -> bool:
        """Whether a token issued then is good now."""
        if self.grant_id is None or self.client_id is None or self.revoked_jti is not None:
            return False
        if self.key_id != self.live_key_id:  # TX6
            return False
        if self.user_id is not None and (self.username is None or issued_at < (self.user_not_before or 0)):
            return False
        return issued_at >= self.not_before


_STANDING: tuple[ColumnElement[Any], ...] = (
    grants.c.id,
    clients.c.client_id,
    grants.c.user_id,
    users.c.username,
    users.c.not_before,
    revoked_jtis.c.jti,
    grants.c.key_id,
    api_keys.c.id,
    users.c.email,
    grants.c.withdrawn_scope,
    *callers.TIER_COLUMNS,
)
_TOKEN = tuple(access_tokens.columns)
_AUDIENCE, _CLAIMS = AccessToken.__slots__.index("audience"), AccessToken.__slots__.index("claims")
assert tuple(column.name for column in _TOKEN) == AccessToken.__slots__
_BEHIND = (
    (clients, (clients.c.client_id == grants.c.client_id) & clients.c.disabled_at.is_(None)),
    (users, (users.c.id == grants.c.user_id) & users.c.disabled_at.is_(None)),
    (
        api_keys,
        (api_keys.c.id == grants.c.key_id)
        & api_keys.c.revoked_at.is_(None)
        & or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > bindparam("now")),
    ),
    callers.TIER,
)
_BY_GRANT = (grants, (grants.c.id == bindparam("grant_id")) & grants.c.revoked_at.is_(None))
_BY_TOKEN = (grants, (grants.c.id == access_tokens.c.grant_id) & grants.c.revoked_at.is_(None))
_BY_JTI = (revoked_jtis, revoked_jtis.c.jti == bindparam("jti"))
_BY_TOKEN_JTI = (revoked_jtis, revoked_jtis.c.jti == access_tokens.c.jti)
_BY_DIGEST = (access_tokens, access_tokens.c.digest == bindparam("digest"))
_ASK_JWT = callers.beside(*_STANDING, joins=(_BY_GRANT, *_BEHIND, _BY_JTI))
_ASK_OPAQUE = callers.beside(*_STANDING, *_TOKEN, joins=(_BY_DIGEST, _BY_TOKEN, *_BEHIND, _BY_TOKEN_JTI))


def digest_of(token: str) -> str:
    """What is kept of an opaque access token."""
    return opaque.digest("access_token", token)


def ask_jwt(
    *, grant_id: str, jti: str, caller_id: str | None, secret: str = ""
) -> tuple[Caller | None, Standing | None]:
    """Who asks, and what stands behind a JWT whose signature is good: one hot read."""
    caller, row = callers.look_up(_ASK_JWT, client_id=caller_id, secret=secret, grant_id=grant_id, jti=jti)
    return caller, None if caller is None else _standing((*row, caller.not_before))


def ask_opaque(
    token: str, *, caller_id: str | None, secret: str = ""
) -> tuple[Caller | None, Standing | None, AccessToken | None]:
    """Who asks, the opaque token, alive or not, and what stands behind it: one hot read."""
    caller, row = callers.look_up(_ASK_OPAQUE, client_id=caller_id, secret=secret, digest=digest_of(token))
    if caller is None or row[len(_STANDING)] is None:
        return caller, None, None
    return caller, _standing((*row[: len(_STANDING)], caller.not_before)), _from_hot_row(row[len(_STANDING) :])


def standing_of_jwt(*, grant_id: str, jti: str) -> Standing | None:
    """What stands behind a JWT, for our own endpoints."""
    return ask_jwt(grant_id=grant_id, jti=jti, caller_id=None)[1]


def standing_of_opaque(token: str) -> tuple[Standing, AccessToken] | None:
    """A live opaque token and what stands behind it, for our own endpoints."""
    _, standing, row = ask_opaque(token, caller_id=None)
    return None if standing is None or row is None or not row.lives else (standing, row)


def store(token: AccessToken) -> None:
    """Record a new opaque token."""
    add(access_tokens, token)


def find(token: str) -> AccessToken | None:
    """An opaque token by its value, alive or not."""
    statement = select(access_tokens).where(access_tokens.c.digest == digest_of(token))
    return as_one(AccessToken, read().execute(statement).one_or_none())


def stands(token: AccessToken) -> bool:
    """Whether neither form of it has been ended by itself, now that its grant is held."""
    ended = select(revoked_jtis.c.jti).where(revoked_jtis.c.jti == token.jti)
    if token.digest:
        c = access_tokens.c
        ended = select(c.jti).where(c.digest == token.digest, c.revoked_at.is_not(None))
    return read().execute(ended).first() is None


def revoke(token: AccessToken) -> None:
    """End one opaque token, and what was exchanged for it (TX6)."""
    hold(token.grant_id)
    statement = update(access_tokens).where(
        access_tokens.c.digest == token.digest, access_tokens.c.revoked_at.is_(None)
    )
    if write().execute(statement.values(revoked_at=clock.now())).rowcount == 1:
        _ended(token.jti)


def revoke_jti(jti: str, *, grant_id: str, expires_at: int) -> None:
    """End one JWT before its time, and what was exchanged for it (TX6)."""
    hold(grant_id)
    if add_once(revoked_jtis, RevokedJti(jti, expires_at)):
        _ended(jti)


def _ended(jti: str) -> None:
    revoke_exchanged(jti=jti, because=BECAUSE)
    revocations.note(revocations.TOKEN, jti)


def live_scopes(grant_ids: list[str]) -> list[str]:
    """The scope of each live opaque token of these grants."""
    c = access_tokens.c
    where = (c.grant_id.in_(grant_ids), c.revoked_at.is_(None), c.expires_at > clock.now())
    return list(read().execute(select(c.scope).where(*where)).scalars())


def purge(before: int) -> int:
    """Forget tokens and revoked jtis that expired before this time."""
    gone = write().execute(delete(access_tokens).where(access_tokens.c.expires_at < before)).rowcount
    return gone + write().execute(delete(revoked_jtis).where(revoked_jtis.c.expires_at < before)).rowcount


def _standing(row: tuple[Any, ...]) -> Standing:
    return Standing._make((*row[:-4], Tier(*row[-4:-1]), row[-1]))


def _from_hot_row(row: tuple[Any, ...]) -> AccessToken:
    values = list(row)
    values[_AUDIENCE], values[_CLAIMS] = strings(values[_AUDIENCE]), document(values[_CLAIMS])
    return AccessToken(*values)


@dataclass(frozen=True, slots=True)
class RevokedJti:
    """A revoked JWT, remembered until it would have expired."""

    jti: str
    expires_at: int
