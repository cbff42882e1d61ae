"""What the database holds: two readings are equal when nothing was changed between them ("SU" of the cases)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, Table, select

from authserver.models import schema
from authserver.models.database import Database

#: Traces and counters are no state (decision 6): what happened may be noted although nothing changed.
NOTES = frozenset({"audit_events", "key_usage", "throttles", "traces"})
#: Activity of people and keys, likewise.
ACTIVITY = frozenset({"last_seen_at", "last_used_at", "last_used_from", "last_used_by"})
#: How far a mail is on its way: a thread beside the tests delivers what earlier ones have queued.
DELIVERY = {"outbox": frozenset({"body", "due_at", "attempts", "sent_at"})}


@dataclass(frozen=True, slots=True)
class State:
    """Every row of every table."""

    tables: dict[str, frozenset[str]] = field(repr=False)

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.tables.items()}

    def difference(self, other: "State") -> Iterator[str]:
        """What stands in one of the two only, one line a row."""
        for name, rows in self.tables.items():
            yield from (f"- {name} {row}" for row in sorted(rows - other.tables[name]))
            yield from (f"+ {name} {row}" for row in sorted(other.tables[name] - rows))


def of(database: Database) -> State:
    """The state now, as committed."""
    with database.engine.connect() as connection:
        return State(
            {
                table.name: frozenset(repr(tuple(row)) for row in connection.execute(_content(table)))
                for table in schema.metadata.sorted_tables
                if table.name not in NOTES
            }
        )


def _content(table: Table) -> Select[Any]:
    changing = ACTIVITY | DELIVERY.get(table.name, frozenset())
    return select(*(column for column in table.columns if column.name not in changing))
