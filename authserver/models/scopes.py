"""Scopes that may be asked for: the table `scopes`."""

from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Integer, String, Table, delete, func, select

from authserver.models.database import metadata
from authserver.models.rows import add_once, as_many
from authserver.models.unit_of_work import read, write

scopes = Table(
    "scopes",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("description", String(300), nullable=False),
    Column("reserved", Boolean, nullable=False),  # only administrators may grant it (decision 30)
    Column("position", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope and what it lets an application do, in plain words."""

    name: str
    description: str
    reserved: bool
    position: int


def every() -> list[Scope]:
    """All scopes in the order people see them."""
    return as_many(Scope, read().execute(select(scopes).order_by(scopes.c.position, scopes.c.name)))


def add(name: str, *, description: str, reserved: bool) -> bool:
    """Add a scope. False when there is one of this name."""
    position = read().execute(select(func.coalesce(func.max(scopes.c.position), 0))).scalar_one() + 1
    return add_once(scopes, Scope(name, description, reserved, position))


def remove(name: str) -> bool:
    """Remove a scope; what was granted keeps its text. False when there is none."""
    return write().execute(delete(scopes).where(scopes.c.name == name)).rowcount == 1
