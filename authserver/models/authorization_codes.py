"""Authorization codes (RFC 6749 section 4.1.2): the table `authorization_codes`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, delete, select, update

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.rows import add, as_one
from authserver.models.unit_of_work import read, write

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("grant_id", String(140), ForeignKey("grants.id", ondelete="CASCADE"), nullable=False),
    Column("client_id", String(500), nullable=False),
    Column("redirect_uri", Text),  # None when the request had none
    Column("code_challenge", String(128)),
    Column("nonce", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("dpop_jkt", String(43)),  # RFC 9449 section 10: who redeems it must have this key
    Index("ix_authorization_codes_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A code by its digest. It is kept when used, to recognise a replay."""

    digest: str
    grant_id: str
    client_id: str
    redirect_uri: str | None
    code_challenge: str | None
    nonce: str | None
    created_at: int
    expires_at: int
    used_at: int | None
    dpop_jkt: str | None = None


def draw() -> str:
    """A code that is nothing yet: it may be signed before it is issued."""
    return opaque.token("ac")


def issue(
    code: str,
    *,
    grant_id: str,
    client_id: str,
    redirect_uri: str | None,
    code_challenge: str | None,
    nonce: str | None,
    ttl: int,
    dpop_jkt: str | None = None,
) -> None:
    """Keep a new code, good once for `ttl` seconds."""
    now = clock.now()
    digest = opaque.digest("authorization_code", code)
    row = AuthorizationCode(
        digest, grant_id, client_id, redirect_uri, code_challenge, nonce, now, now + ttl, None, dpop_jkt
    )
    add(authorization_codes, row)


def find(code: str) -> AuthorizationCode | None:
    """By its value, used or not."""
    digest = opaque.digest("authorization_code", code)
    statement = select(authorization_codes).where(authorization_codes.c.digest == digest)
    return as_one(AuthorizationCode, read().execute(statement).one_or_none())


def consume(code: AuthorizationCode) -> bool:
    """Use it up. True for exactly one caller (CR2)."""
    c = authorization_codes.c
    statement = update(authorization_codes).where(c.digest == code.digest, c.used_at.is_(None))
    return write().execute(statement.values(used_at=clock.now())).rowcount == 1


def purge(before: int) -> int:
    """Forget codes that expired before this time; until then a replay must be recognised."""
    c = authorization_codes.c
    return write().execute(delete(authorization_codes).where(c.expires_at < before)).rowcount
