"""One-time links (set-up, sign-up, password reset): the table `links`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Index, String, Table, delete, select, update

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.rows import Document, add, add_once, as_one
from authserver.models.unit_of_work import read, write

links = Table(
    "links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("user_id", String(40)),
    Column("details", Document, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Index("ix_links_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is good for; `details` holds what the purpose needs, never a password in clear."""

    digest: str
    purpose: str
    user_id: str | None
    details: dict[str, Any]
    created_at: int
    expires_at: int
    used_at: int | None


def issue(purpose: str, *, ttl: int, user_id: str | None = None, details: dict[str, Any] | None = None) -> str:
    """A new link secret, good once for `ttl` seconds."""
    secret, now = opaque.token("lk"), clock.now()
    row = Link(opaque.digest("link", secret), purpose, user_id, details or {}, now, now + ttl, None)
    add(links, row)
    return secret


def claim(purpose: str, value: str, *, user_id: str, ttl: int) -> bool:
    """Use up a value that no row knows yet, such as that of a form. True for exactly one caller (decision 4)."""
    now = clock.now()
    digest = opaque.digest("link", "\0".join((purpose, user_id, value)))
    return add_once(links, Link(digest, purpose, user_id, {}, now, now + ttl, now))


def find(purpose: str, secret: str) -> Link | None:
    """The link while it may still be used."""
    digest = opaque.digest("link", secret)
    statement = select(links).where(links.c.digest == digest, links.c.purpose == purpose, *_usable())
    return as_one(Link, read().execute(statement).one_or_none())


def recall(purpose: str, secret: str) -> Link | None:
    """The link, used or not, as long as it is remembered."""
    digest = opaque.digest("link", secret)
    statement = select(links).where(links.c.digest == digest, links.c.purpose == purpose)
    return as_one(Link, read().execute(statement).one_or_none())


def consume(link: Link) -> bool:
    """Use it up. True for exactly one caller (LG8)."""
    statement = update(links).where(links.c.digest == link.digest, *_usable())
    return write().execute(statement.values(used_at=clock.now())).rowcount == 1


def revoke(purpose: str, *, user_id: str | None = None) -> None:
    """End all unused links of a purpose, of one account or of none."""
    owner = links.c.user_id.is_(None) if user_id is None else links.c.user_id == user_id
    statement = update(links).where(links.c.purpose == purpose, owner, links.c.used_at.is_(None))
    write().execute(statement.values(used_at=clock.now()))


def end_every() -> int:
    """End all unused links. How many were ended."""
    return write().execute(update(links).where(*_usable()).values(used_at=clock.now())).rowcount


def purge(before: int) -> int:
    """Forget links that expired before this time."""
    return write().execute(delete(links).where(links.c.expires_at < before)).rowcount


def _usable() -> tuple[Any, ...]:
    return links.c.used_at.is_(None), links.c.expires_at > clock.now()
