"""Counters of requests in fixed windows, outside every transaction (decision 5).

They may be lost, the state may not: on SQLite they live in a file of their own that survives kill -9 but is not
synced, on PostgreSQL in an unlogged table. One conditional upsert counts, or refuses without counting.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from authserver.models.hot import SqliteThread

PRAGMAS = ("journal_mode=WAL", "synchronous=OFF", "busy_timeout=2000")
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS counters"
    " (key TEXT PRIMARY KEY, used INTEGER NOT NULL, resets_at INTEGER NOT NULL) WITHOUT ROWID"
)
#: Seconds by which the clocks of two requests may differ: one that was a moment later may have begun the window.
SLACK = 60
# A window that ends much further away than it is long was begun by a clock that was wrong: it is begun again (RL9).
_OVER = f"(counters.resets_at <= {{now}} OR counters.resets_at > {{now}} + {{window}} + {SLACK})"
_SPEND = (  # only names of parameters are filled in
    "INSERT INTO counters (key, used, resets_at) VALUES ({key}, {cost}, {now} + {window})"
    " ON CONFLICT (key) DO UPDATE SET"
    f" used = CASE WHEN {_OVER} THEN {{cost}} ELSE counters.used + {{cost}} END,"
    f" resets_at = CASE WHEN {_OVER} THEN {{now}} + {{window}} ELSE counters.resets_at END"
    f" WHERE {_OVER} OR counters.used + {{cost}} <= {{limit}}"
    " RETURNING used, resets_at"
)
_LOOK = f"SELECT used, resets_at FROM counters WHERE key = {{key}} AND NOT {_OVER}"
_PURGE = "DELETE FROM counters WHERE resets_at <= {now}"
_NUMBERS = ("cost", "limit", "window", "now")


class CountersLost(Exception):
    """The store of the counters does not answer."""


@dataclass(frozen=True, slots=True)
class Count:
    """What has been used of a window, and when it ends (epoch seconds)."""

    used: int
    resets_at: int


class Counters(Protocol):
    """One way to keep counters. All raise CountersLost."""

    def spend(self, key: str, *, cost: int, limit: int, window: int, now: int) -> Count | None:
        """Count `cost` if it fits under the limit; None, and nothing counted, if it does not."""
        ...

    def look(self, key: str, *, window: int, now: int) -> Count | None:
        """What is counted now; None when no window is open."""
        ...

    def purge(self, now: int) -> int:
        """Forget windows that are over."""
        ...


class StoredCounters(Counters, Protocol):
    """Counters that hold connections."""

    def close(self) -> None:
        """Give them back."""
        ...


class SqlCounters:
    """The statements; a subclass runs them."""

    def __init__(self, *, key: str, number: str) -> None:
        """How the driver writes a parameter: the key, and the numbers (with `{name}`)."""
        names = {"key": key, **{name: number.format(name=name) for name in _NUMBERS}}
        self._spend, self._look, self._purge = (text.format(**names) for text in (_SPEND, _LOOK, _PURGE))

    def spend(self, key: str, *, cost: int, limit: int, window: int, now: int) -> Count | None:
        """See `Counters`."""
        if cost > limit:  # an INSERT has no WHERE
            return None
        parameters = {"key": key, "cost": cost, "limit": limit, "window": window, "now": now}
        row = self._row(self._spend, parameters)
        return None if row is None else Count(*row)

    def look(self, key: str, *, window: int, now: int) -> Count | None:
        """See `Counters`."""
        row = self._row(self._look, {"key": key, "window": window, "now": now})
        return None if row is None else Count(*row)

    def purge(self, now: int) -> int:
        """See `Counters`."""
        return self._count(self._purge, {"now": now})

    def _row(self, statement: str, parameters: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def _count(self, statement: str, parameters: Mapping[str, Any]) -> int:
        raise NotImplementedError


class SqliteCounters(SqlCounters):
    """`counters.db` beside the database, one connection a thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(key=":key", number=":{name}")
        self._thread = SqliteThread(str(path), (*(f"PRAGMA {pragma}" for pragma in PRAGMAS), SCHEMA))

    def _row(self, statement: str, parameters: Mapping[str, Any]) -> Any:
        try:
            return self._thread.connection().execute(statement, parameters).fetchone()
        except sqlite3.Error as error:
            self._thread.forget()
            raise CountersLost(str(error)) from error

    def _count(self, statement: str, parameters: Mapping[str, Any]) -> int:
        try:
            return self._thread.connection().execute(statement, parameters).rowcount
        except sqlite3.Error as error:
            raise CountersLost(str(error)) from error

    def close(self) -> None:
        """End this thread's connection."""
        self._thread.close()
