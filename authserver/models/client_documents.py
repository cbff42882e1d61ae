"""Clients whose id is the URL of their metadata, and how old our copy is: the table `client_documents`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, exists, select, update

from authserver.models.clients import Client, clients
from authserver.models.database import metadata
from authserver.models.grants import grants
from authserver.models.rows import add_once, as_many, as_one
from authserver.models.unit_of_work import read, write

client_documents = Table(
    "client_documents",
    metadata,
    Column(
        "client_id",
        String(500),
        ForeignKey("clients.client_id", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
    ),
    Column("fetched_at", BigInteger, nullable=False),
    Column("fresh_until", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """When the document was fetched, and until when it need not be asked for again."""

    client_id: str
    fetched_at: int
    fresh_until: int


def find(client_id: str) -> ClientDocument | None:
    """Our copy of this document."""
    statement = select(client_documents).where(client_documents.c.client_id == client_id)
    return as_one(ClientDocument, read().execute(statement).one_or_none())


def keep(document: ClientDocument) -> None:
    """Remember that it was fetched."""
    if not add_once(client_documents, document):
        times = {"fetched_at": document.fetched_at, "fresh_until": document.fresh_until}
        same = client_documents.c.client_id == document.client_id
        write().execute(update(client_documents).where(same).values(**times))


def unused(*, before: int) -> list[Client]:
    """Clients that nothing is granted to, and whose document was not asked for since this time."""
    c = client_documents.c
    granted = exists(select(grants.c.id).where(grants.c.client_id == c.client_id))
    statement = select(clients).join(client_documents, c.client_id == clients.c.client_id)
    return as_many(Client, read().execute(statement.where(c.fetched_at < before, ~granted)))
