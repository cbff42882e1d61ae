"""Applications and resource servers: the table `clients` (metadata names of RFC 7591)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    String,
    Table,
    Text,
    delete,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from authserver import clock
from authserver.models import revocations
from authserver.models.database import metadata
from authserver.models.listing import Listed, Part, beyond, listed
from authserver.models.rows import Document, Strings, add_once, as_many, as_one, document, strings, tallied
from authserver.models.unit_of_work import read, write

clients = Table(
    "clients",
    metadata,
    Column("client_id", String(500), primary_key=True),
    Column("type", String(20), nullable=False),  # web spa native machine resource_server
    Column("name", String(200), nullable=False),
    Column("owner_id", String(40)),
    Column("redirect_uris", Strings, nullable=False),
    Column("post_logout_redirect_uris", Strings, nullable=False),
    Column("allowed_origins", Strings, nullable=False),
    Column("grant_types", Strings, nullable=False),
    Column("response_types", Strings, nullable=False),
    Column("scope", Text, nullable=False),  # empty: every scope that is not reserved
    Column("token_endpoint_auth_method", String(40), nullable=False),
    Column("require_pkce", Boolean, nullable=False),
    Column("access_token_format", String(10), nullable=False),
    Column("access_token_signed_response_alg", String(10)),  # None: the server's default
    Column("id_token_signed_response_alg", String(10), nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("allow_scope_deselect", Boolean, nullable=False),
    Column("audience", String(500), unique=True),
    Column("environment", String(10), nullable=False),  # live test any
    Column("meter", Boolean, nullable=False),
    Column("details", Document, nullable=False),  # further metadata: client_uri, contacts, ...
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("verified_at", BigInteger),  # when an administrator has looked at it
    Index("ix_clients_owner_id", "owner_id"),
)


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client. `scope` is space-separated; times are epoch seconds."""

    client_id: str
    type: str
    name: str
    owner_id: str | None
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    scope: str
    token_endpoint_auth_method: str
    require_pkce: bool
    access_token_format: str
    access_token_signed_response_alg: str | None
    id_token_signed_response_alg: str
    trusted: bool
    allow_scope_deselect: bool
    audience: str | None
    environment: str
    meter: bool
    details: dict[str, Any]
    created_at: int
    updated_at: int
    disabled_at: int | None
    verified_at: int | None = None

    @property
    def enabled(self) -> bool:
        return self.disabled_at is None

    @property
    def public(self) -> bool:
        return self.token_endpoint_auth_method == "none"

    @property
    def has_secret(self) -> bool:
        """Whether it proves itself by a secret: others do so by PKCE alone, or by a key of their own."""
        return self.token_endpoint_auth_method in ("client_secret_basic", "client_secret_post")


# By position: this runs for every request that a client authenticates.
_ENCODED = tuple(
    (position, strings if isinstance(column.type, Strings) else document)
    for position, column in enumerate(clients.columns)
    if isinstance(column.type, Strings | Document)
)
_FLAGS = tuple(position for position, column in enumerate(clients.columns) if isinstance(column.type, Boolean))
assert tuple(column.name for column in clients.columns) == Client.__slots__


def find(client_id: str) -> Client | None:
    """By id, enabled or not."""
    return as_one(Client, read().execute(select(clients).where(clients.c.client_id == client_id)).one_or_none())


def from_hot_row(row: Any) -> Client:
    """All columns of `clients`, as the driver gives them."""
    values = list(row)
    for position, decode in _ENCODED:
        values[position] = decode(values[position])
    for position in _FLAGS:  # SQLite has no booleans
        values[position] = bool(values[position])
    return Client(*values)


def create(client: Client) -> bool:
    """Add a client. False when its id or its audience is taken."""
    return add_once(clients, client)


def change(client_id: str, **values: Any) -> None:
    """Set columns of one client."""
    if values.get("disabled_at") is not None:
        revocations.note(revocations.CLIENT, client_id)
    write().execute(update(clients).where(clients.c.client_id == client_id).values(updated_at=clock.now(), **values))


def hold(client_id: str) -> bool:
    """Let nobody switch an enabled client off until the commit. False when it is off, or gone."""
    c = clients.c
    enabled = select(c.client_id).where(c.client_id == client_id, c.disabled_at.is_(None))
    return write().execute(enabled.with_for_update(read=True)).first() is not None


def verify(client: Client, *, at: int | None) -> bool:
    """Set when it was looked at, or that it was not. False when it is no more what was looked at."""
    c = clients.c
    same = (c.name == client.name, c.redirect_uris == client.redirect_uris, c.details == client.details)
    statement = update(clients).where(c.client_id == client.client_id, *(same if at is not None else ()))
    return write().execute(statement.values(verified_at=at)).rowcount == 1


def remove(client_id: str) -> bool:
    """Delete a client; its credentials end with it (decision 25)."""
    revocations.note(revocations.CLIENT, client_id)
    return write().execute(delete(clients).where(clients.c.client_id == client_id)).rowcount == 1


def every(
    *, owner_id: str | None = None, after: tuple[int, str] | None = None, limit: int | None = None
) -> list[Client]:
    """All clients, or those of one owner, newest first; those that follow the one with this `created_at` and id."""
    c = clients.c
    statement = select(clients).order_by(c.created_at.desc(), c.client_id).limit(limit)
    if owner_id is not None:
        statement = statement.where(c.owner_id == owner_id)
    if after is not None:
        statement = statement.where(beyond(after, at=c.created_at, key=c.client_id))
    return as_many(Client, read().execute(statement))


def named(client_ids: Iterable[str]) -> dict[str, str]:
    """The names of these clients."""
    statement = select(clients.c.client_id, clients.c.name).where(clients.c.client_id.in_(list(client_ids)))
    return {row.client_id: row.name for row in read().execute(statement)}


def search(text: str, part: Part) -> Listed[Client]:
    """Clients in whose name, id or audience this stands."""
    c = clients.c
    holds = (column.icontains(text, autoescape=True) for column in (c.name, c.client_id, c.audience))
    statement = select(clients).where(or_(*holds)) if text else select(clients)
    return listed(Client, statement, part, at=c.created_at, key=c.client_id)


def count() -> int:
    """How many clients there are."""
    return read().execute(select(func.count()).select_from(clients)).scalar_one()


def scopes_named() -> dict[str, int]:
    """Each list of scopes that clients are registered with, and how many have it."""
    return tallied(clients.c.scope)


def resource_servers() -> list[Client]:
    """The enabled resource servers."""
    statement = select(clients).where(clients.c.type == "resource_server", clients.c.disabled_at.is_(None))
    return as_many(Client, read().execute(statement.order_by(clients.c.client_id)))


def audiences(names: tuple[str, ...]) -> set[str]:
    """Which of these are audiences of enabled resource servers (RFC 8707)."""
    statement = select(clients.c.audience).where(clients.c.audience.in_(names), clients.c.disabled_at.is_(None))
    return set(read().execute(statement).scalars())


def environments(names: tuple[str, ...]) -> set[str]:
    """Which environments the enabled resource servers of these audiences are registered for."""
    statement = select(clients.c.environment).where(clients.c.audience.in_(names), clients.c.disabled_at.is_(None))
    return set(read().execute(statement).scalars())


def serves_origin(origin: str) -> bool:
    """Whether some enabled client registered this browser origin (CORS, decision 41)."""
    # As text it is JSON, in which LIKE finds candidates; SQLite's LIKE knows no case, so the list itself decides.
    likely = type_coerce(clients.c.allowed_origins, Text).contains(f'"{origin}"', autoescape=True)
    found = read().execute(select(clients.c.allowed_origins).where(likely, clients.c.disabled_at.is_(None)))
    return any(origin in origins for origins in found.scalars())
