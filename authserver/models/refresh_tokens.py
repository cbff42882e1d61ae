"""Refresh tokens and their chains (decision 17): the table `refresh_tokens`. A family is its grant."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, delete, func, select, update

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.rows import add, as_one
from authserver.models.unit_of_work import read, write

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("grant_id", String(140), ForeignKey("grants.id", ondelete="CASCADE"), nullable=False),
    Column("pepper_version", Integer, nullable=False),  # which key makes the successor
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # idle limit, never past the family's end
    Column("used_at", BigInteger),
    Index("ix_refresh_tokens_grant_id", "grant_id"),
    Index("ix_refresh_tokens_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One link of a chain, by its digest."""

    digest: str
    grant_id: str
    pepper_version: int
    created_at: int
    expires_at: int
    used_at: int | None


def new() -> str:
    """The first value of a chain."""
    return opaque.token("rt")


def following(value: str, token: RefreshToken) -> str:
    """The successor of this value, always the same."""
    return f"rt_{opaque.successor('refresh_token', value, token.pepper_version)}"


def issue(value: str, *, grant_id: str, expires_at: int) -> None:
    """Record a link of the chain."""
    row = RefreshToken(digest_of(value), grant_id, opaque.PEPPER_VERSION, clock.now(), expires_at, None)
    add(refresh_tokens, row)


def find(value: str) -> RefreshToken | None:
    """By its value, used or not."""
    statement = select(refresh_tokens).where(refresh_tokens.c.digest == digest_of(value))
    return as_one(RefreshToken, read().execute(statement).one_or_none())


def consume(token: RefreshToken) -> bool:
    """Use it up. True for exactly one caller (RF2)."""
    statement = update(refresh_tokens).where(
        refresh_tokens.c.digest == token.digest, refresh_tokens.c.used_at.is_(None)
    )
    return write().execute(statement.values(used_at=clock.now())).rowcount == 1


def prolong(token: RefreshToken, *, until: int) -> bool:
    """Use it without using it up: its idle limit begins anew. False when it has been used up."""
    statement = update(refresh_tokens).where(
        refresh_tokens.c.digest == token.digest, refresh_tokens.c.used_at.is_(None)
    )
    return write().execute(statement.values(expires_at=until)).rowcount == 1


def live_count(grant_ids: list[str]) -> int:
    """How many refresh tokens of these grants may still be used."""
    c = refresh_tokens.c
    where = (c.grant_id.in_(grant_ids), c.used_at.is_(None), c.expires_at > clock.now())
    return read().execute(select(func.count()).select_from(refresh_tokens).where(*where)).scalar_one()


def digest_of(value: str) -> str:
    """What is kept of a refresh token."""
    return opaque.digest("refresh_token", value)


def purge(before: int) -> int:
    """Forget links that expired before this time."""
    return write().execute(delete(refresh_tokens).where(refresh_tokens.c.expires_at < before)).rowcount
