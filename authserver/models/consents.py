"""What a user has allowed a client (decision 46): the table `consents`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from authserver import clock
from authserver.models.database import metadata
from authserver.models.rows import Document, as_many, as_one
from authserver.models.unit_of_work import read, write

#: Members of `seen`: what was allowed that no scope says.
BESIDE_SCOPES = CLAIMS, DETAILS = ("claims", "authorization_details")

consents = Table(
    "consents",
    metadata,
    Column("user_id", String(40), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("client_id", String(500), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("seen", Document),  # the application as it was when the user decided
)


@dataclass(frozen=True, slots=True)
class Consent:
    """Scopes (space-separated) that need no further question."""

    user_id: str
    client_id: str
    scope: str
    created_at: int
    updated_at: int
    seen: dict[str, Any]  # empty for a consent from before this was kept

    @property
    def until(self) -> int | None:
        """When it ends, if the user has chosen an end."""
        end = self.seen.get("until")
        return end if isinstance(end, int) else None


def find(*, user_id: str, client_id: str, locked: bool = False) -> Consent | None:
    """What this user has allowed this client; `locked`: nobody else changes it before this unit is done."""
    statement = select(consents).where(consents.c.user_id == user_id, consents.c.client_id == client_id)
    found = write().execute(statement.with_for_update()) if locked else read().execute(statement)
    return as_one(Consent, found.one_or_none())


def record(*, user_id: str, client_id: str, scope: str, seen: dict[str, Any]) -> None:
    """Remember a decision in place of the one before. `seen`: the application, and `until` if an end was chosen."""
    connection, now = write(), clock.now()
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(consents).values(
        user_id=user_id, client_id=client_id, scope=scope, created_at=now, updated_at=now, seen=seen
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "client_id"], set_={"scope": scope, "updated_at": now, "seen": seen}
        )
    )


def withdraw(*, user_id: str, client_id: str) -> bool:
    """Forget the decision: the next request asks again."""
    statement = delete(consents).where(consents.c.user_id == user_id, consents.c.client_id == client_id)
    return write().execute(statement).rowcount == 1


def narrow(name: str, *, user_id: str, client_id: str) -> tuple[str, ...] | None:
    """Take one scope back. What is left of the consent; None when this scope was no part of it."""
    own = (consents.c.user_id == user_id, consents.c.client_id == client_id)
    # Locked while it is read: of two scopes that are taken back at once both are gone.
    before = as_one(Consent, write().execute(select(consents).where(*own).with_for_update()).one_or_none())
    names = before.scope.split() if before is not None else []
    if before is None or name not in names:
        return None
    left = tuple(other for other in names if other != name)
    # Whoever takes something back is asked again about all that was allowed beside scopes.
    seen = {fact: value for fact, value in before.seen.items() if fact not in BESIDE_SCOPES}
    write().execute(update(consents).where(*own).values(scope=" ".join(left), seen=seen))
    return left


def of_user(user_id: str) -> list[Consent]:
    """What this user has allowed, newest first."""
    statement = select(consents).where(consents.c.user_id == user_id).order_by(consents.c.updated_at.desc())
    return as_many(Consent, read().execute(statement))
