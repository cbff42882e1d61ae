"""Clients that have registered themselves, by their registration access token (RFC 7592): the table `registrations`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, exists, select, update

from authserver import clock, opaque
from authserver.models.clients import Client, clients
from authserver.models.database import metadata
from authserver.models.grants import grants
from authserver.models.rows import add, as_many
from authserver.models.unit_of_work import read, write

KIND = "registration_access_token"

registrations = Table(
    "registrations",
    metadata,
    Column(
        "client_id",
        String(500),
        ForeignKey("clients.client_id", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
    ),
    Column("token_digest", String(64), nullable=False, unique=True),
    Column("token_id", String(40)),  # the initial access token that it was made with; None: anybody's
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),  # when a purge saw that it had been used
    Index("ix_registrations_created_at", "created_at"),
)


@dataclass(frozen=True, slots=True)
class Registration:
    """How a client came to be."""

    client_id: str
    token_digest: str
    token_id: str | None
    created_at: int
    used_at: int | None = None


def record(client_id: str, *, token_id: str | None) -> str:
    """Remember that a client has registered itself; its registration access token, in clear only here."""
    token = opaque.token("ra")
    add(registrations, Registration(client_id, opaque.digest(KIND, token), token_id, clock.now()))
    return token


def found(client_id: str, token: str) -> Client | None:
    """The client, enabled or not, if this is its registration access token."""
    statement = (
        select(clients)
        .join(registrations, registrations.c.client_id == clients.c.client_id)
        .where(clients.c.client_id == client_id, registrations.c.token_digest == opaque.digest(KIND, token))
    )
    rows = as_many(Client, read().execute(statement))
    return rows[0] if rows else None


def note_use() -> None:
    """Mark those that somebody has allowed something: grants are forgotten one day, and then it would be lost."""
    c = registrations.c
    allowed = exists(select(grants.c.id).where(grants.c.client_id == c.client_id))
    write().execute(update(registrations).where(c.used_at.is_(None), allowed).values(used_at=clock.now()))


def unused(*, before: int) -> list[Client]:
    """Clients that anybody has registered before this time and nobody has ever used."""
    c = registrations.c
    statement = (
        select(clients)
        .join(registrations, c.client_id == clients.c.client_id)
        .where(c.used_at.is_(None), c.token_id.is_(None), c.created_at < before)
    )
    return as_many(Client, read().execute(statement))
