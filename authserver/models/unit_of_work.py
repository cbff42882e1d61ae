"""The unit of work (decision 1): one lazy connection for a request, committed by `wire` or `cli` and by nobody else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection

from authserver.models.database import Database
from authserver.models.hot import Lookup

_current: ContextVar["UnitOfWork"] = ContextVar("unit_of_work")


class UnitOfWork:
    """A connection that is opened at the first statement, and a transaction that locks at the first write."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.before_commit: list[Callable[[], None]] = []
        self.after_commit: list[Callable[[], None]] = []
        self._connection: Connection | None = None
        self._writing = False

    def read(self) -> Connection:
        """For SELECT: takes no lock."""
        if self._connection is None:
            self._connection = self.database.engine.connect()
        return self._connection

    def write(self) -> Connection:
        """For INSERT, UPDATE and DELETE. What was read before may have changed: recheck by a conditional UPDATE."""
        connection = self.read()
        if not self._writing:
            connection.rollback()  # ends the read transaction; the next statement begins the write
            self.database.writers.enter()
            self._writing = True
            self._connection = connection = connection.execution_options(write=True)
        return connection

    @property
    def writing(self) -> bool:
        """Whether its transaction holds locks."""
        return self._writing

    def commit(self) -> None:
        """Do what comes last, make all of it last, then run what waited for that."""
        actions, self.before_commit = self.before_commit, []
        for action in actions:
            action()
        if self._connection is not None:
            self._connection.commit()
        self._leave()
        actions, self.after_commit = self.after_commit, []
        for action in actions:
            action()

    def keep(self) -> None:
        """Make what was written so far last, whatever becomes of the rest, and hold no lock meanwhile."""
        if self._connection is not None:
            self._connection.commit()
        self._leave()

    def rollback(self) -> None:
        """Forget what was written."""
        self.before_commit, self.after_commit = [], []
        if self._connection is not None:
            self._connection.rollback()
        self._leave()

    def close(self) -> None:
        """Give the connection back to the pool."""
        try:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
        finally:
            self._leave()

    def _leave(self) -> None:
        """The write transaction is over: let the next thread in."""
        if self._writing:
            self._writing = False
            self.database.writers.leave()
            if self._connection is not None:
                self._connection = self._connection.execution_options(write=False)


@contextmanager
def unit_of_work(database: Database) -> Iterator[UnitOfWork]:
    """Open a unit of work for this context. Leaving it without `commit` rolls back."""
    unit = UnitOfWork(database)
    token = _current.set(unit)
    try:
        yield unit
    finally:
        unit.close()
        _current.reset(token)


def read() -> Connection:
    """The connection of the current unit of work, for SELECT."""
    return _current.get().read()


def write() -> Connection:
    """The connection of the current unit of work, for changes."""
    return _current.get().write()


def is_writing() -> bool:
    """Whether this unit of work may keep other writers waiting, so that nothing slow should happen in it now."""
    unit = _current.get(None)
    return unit is not None and unit.writing


def one(lookup: Lookup, parameters: dict[str, Any]) -> Any | None:
    """A hot read beside the unit of work: sees what is committed, not what this unit has written."""
    return _current.get().database.hot.one(lookup, parameters)


def database() -> Database:
    """The database of the current unit of work."""
    return _current.get().database


def keep() -> None:
    """What the current unit of work has written so far lasts, also if the request fails (decision 4)."""
    _current.get().keep()


def before_commit(action: Callable[[], None]) -> None:
    """Run `action` as the last thing of the current unit of work; never if it is rolled back."""
    _current.get().before_commit.append(action)


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once the current unit of work has been committed; never if it is rolled back."""
    _current.get().after_commit.append(action)


def ping() -> None:
    """Raise one of `database.Unavailable` when the database does not answer."""
    read().exec_driver_sql("SELECT 1")
