"""Secrets of confidential clients, at most two alive: the table `client_secrets`."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from authserver import clock, opaque
from authserver.models.clients import Client, clients, from_hot_row
from authserver.models.database import metadata
from authserver.models.hot import Lookup
from authserver.models.rows import add, add_once, as_many, as_one
from authserver.models.unit_of_work import one, read, write

client_secrets = Table(
    "client_secrets",
    metadata,
    Column("id", String(40), primary_key=True),
    Column(
        "client_id",
        String(500),
        ForeignKey("clients.client_id", ondelete="CASCADE", onupdate="CASCADE"),
        nullable=False,
    ),
    Column("digest", String(64), nullable=False),
    Column("hint", String(8), nullable=False),  # the last four characters
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),  # the two are flushed in batches by `usage`, never on the read path
    Column("last_used_from", String(64)),  # address
    UniqueConstraint("client_id", "digest"),
)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A secret by its digest; `expires_at` None means until it is replaced."""

    id: str
    client_id: str
    digest: str
    hint: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None = None
    last_used_from: str | None = None


#: Joins the secret that was presented to the client, if it is one of its live ones.
PRESENTED = and_(
    client_secrets.c.client_id == clients.c.client_id,
    client_secrets.c.digest == bindparam("secret_digest"),
    or_(client_secrets.c.expires_at.is_(None), client_secrets.c.expires_at > bindparam("now")),
)
#: Who is not admitted is no row at all: an unknown client and a wrong secret take the same time (CA4).
_ADMITTED = Lookup(
    select(client_secrets.c.id, *clients.columns)
    .select_from(clients.outerjoin(client_secrets, PRESENTED))
    .where(
        clients.c.client_id == bindparam("client_id"),
        clients.c.disabled_at.is_(None),
        clients.c.token_endpoint_auth_method == bindparam("method"),
        or_(client_secrets.c.id.is_not(None), clients.c.token_endpoint_auth_method == literal_column("'none'")),
    )
)


def admitted(client_id: str, secret: str, *, method: str) -> tuple[Client, str | None] | None:
    """The enabled client that authenticates by this method, if it is public or this is a live secret of it; which one.

    One hot read: keyed digests, compared by the index.
    """
    row = one(_ADMITTED, {**presented(client_id, secret), "method": method})
    return None if row is None else (from_hot_row(row[1:]), row[0])


def presented(client_id: str, secret: str) -> dict[str, object]:
    """The parameters of a look-up that joins `PRESENTED`."""
    return {"client_id": client_id, "secret_digest": opaque.digest("client_secret", secret), "now": clock.now()}


def issue(client_id: str) -> str:
    """A new secret (>= 43 characters), given in clear only here."""
    secret = opaque.token("cs")
    digest = opaque.digest("client_secret", secret)
    add(client_secrets, ClientSecret(opaque.identifier("sec"), client_id, digest, secret[-4:], clock.now(), None))
    return secret


def keep(client_id: str, secret: str) -> None:
    """Let this derived secret be one of the client's, if it is not yet."""
    digest = opaque.digest("client_secret", secret)
    row = ClientSecret(opaque.identifier("sec"), client_id, digest, secret[-4:], clock.now(), None)
    add_once(client_secrets, row)


def alive(client_id: str) -> list[ClientSecret]:
    """The live secrets of a client, newest first."""
    c = client_secrets.c
    where = and_(c.client_id == client_id, or_(c.expires_at.is_(None), c.expires_at > clock.now()))
    statement = select(client_secrets).where(where).order_by(c.created_at.desc(), c.id)
    return as_many(ClientSecret, read().execute(statement))


def recognised(client_id: str, digest: str) -> ClientSecret | None:
    """The secret of a client with this digest, alive or not."""
    c = client_secrets.c
    statement = select(client_secrets).where(c.client_id == client_id, c.digest == digest)
    return as_one(ClientSecret, read().execute(statement).one_or_none())


@dataclass(frozen=True, slots=True)
class SecretUse:
    """When a secret was used, and from which address."""

    secret_id: str
    at: int
    address: str | None


_USED = (
    update(client_secrets)
    .where(
        client_secrets.c.id == bindparam("secret_id"),
        or_(client_secrets.c.last_used_at.is_(None), client_secrets.c.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"), last_used_from=bindparam("address"))
)


def used(uses: Iterable[SecretUse]) -> None:
    """Note last uses, unless later ones are known."""
    if values := [asdict(use) for use in uses]:
        write().execute(_USED, values)


def last_used(client_ids: Iterable[str]) -> dict[str, int]:
    """When a secret of each of these clients was last used."""
    c = client_secrets.c
    used = (c.client_id.in_(list(client_ids)), c.last_used_at.is_not(None))
    statement = select(c.client_id, func.max(c.last_used_at).label("latest")).where(*used).group_by(c.client_id)
    return {row.client_id: row.latest for row in read().execute(statement)}


def expire(secret_id: str, *, client_id: str, at: int) -> bool:
    """Let a secret end at this time, never later than it would. False when it is not a live one of the client."""
    c = client_secrets.c
    where = and_(c.id == secret_id, c.client_id == client_id, or_(c.expires_at.is_(None), c.expires_at > at))
    return write().execute(update(client_secrets).where(where).values(expires_at=at)).rowcount == 1


def purge(before: int) -> int:
    """Forget secrets that ended before this time."""
    return write().execute(delete(client_secrets).where(client_secrets.c.expires_at < before)).rowcount
