"""Rows and columns: list columns, and rows as frozen dataclasses, both ways."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Dialect, Row, Table, Text, TypeDecorator, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from authserver.models.unit_of_work import read, write

T = TypeVar("T")


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings kept as JSON text, the same on every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(list(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return strings(value)


class Document(TypeDecorator[dict[str, Any]]):
    """A JSON object kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any]:
        return document(value)


def strings(value: str | None) -> tuple[str, ...]:
    """A `Strings` column as a hot read returns it."""
    # Most lists are empty, and parsing costs more than all the rest of a column.
    return tuple(json.loads(value)) if value and value != "[]" else ()


def document(value: str | None) -> dict[str, Any]:
    """A `Document` column as a hot read returns it."""
    return json.loads(value) if value and value != "{}" else {}


def as_one(kind: type[T], row: Row[Any] | None) -> T | None:
    """The row as `kind`, whose fields are the selected columns."""
    return None if row is None else kind(**row._mapping)


def as_many(kind: type[T], rows: Iterable[Row[Any]]) -> list[T]:
    """The rows as a list of `kind`."""
    return [kind(**row._mapping) for row in rows]


def tallied(column: ColumnElement[str], *where: ColumnElement[bool]) -> dict[str, int]:
    """How many rows have each value of this column."""
    statement = select(column, func.count().label("rows")).where(*where).group_by(column)
    return {row[0]: row.rows for row in read().execute(statement)}


def add(table: Table, row: Any) -> None:
    """INSERT a frozen dataclass whose fields are the table's columns."""
    write().execute(table.insert().values(_values(row)))


def add_once(table: Table, row: Any) -> bool:
    """INSERT unless a unique key is taken; True for the one caller that inserted (decision 4)."""
    connection = write()
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(table).values(_values(row)).on_conflict_do_nothing()
    # Without this option the count of an INSERT is lost on PostgreSQL.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def _values(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}
