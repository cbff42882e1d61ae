"""Writing behind: what is noted in memory goes to the database in batches (law 7, decision 6).

One thread a process and recorder, which starts with the first note and ends when none come.
"""

import atexit
import logging
import os
import threading
import weakref
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from authserver.models.database import Database
from authserver.models.unit_of_work import unit_of_work

PERIOD = 0.9  # seconds between two flushes: what is noted is in the database within one second
LONGEST_PAUSE = 30.0  # while the database does not take it
IDLE_ROUNDS = 20
PATIENCE = 2.0  # seconds that the end of a process waits for a flush that is under way

B = TypeVar("B")


class Notes(Protocol[B]):
    """What is not written yet: bounded, and one short lock, so that nobody who notes ever waits for the database."""

    def __bool__(self) -> bool: ...

    def take(self) -> B:
        """All of it, to be written; the notes are empty afterwards."""
        ...

    def put_back(self, batch: B) -> None:
        """It could not be written: keep it beside what has come since."""
        ...


class Recorder(Generic[B]):
    """The notes of one process for one database. A subclass says what they are and how they are written."""

    NAME: ClassVar[str]
    logger: ClassVar[logging.Logger]
    _notes: Notes[B]

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begin()
        _recorders.add(self)

    def nothing_noted(self) -> Notes[B]:
        """Notes of the subclass's own kind, empty."""
        raise NotImplementedError

    def write(self, batch: B) -> None:
        """Write it in the open unit of work."""
        raise NotImplementedError

    def flush(self) -> bool:
        """Write what is noted. False when there was nothing. Raises whatever the database raises; nothing is lost."""
        with self._writing:
            return self._written(self._notes.take())

    def leave(self) -> None:
        """The process ends: write what is noted if that can be done at once."""
        if not self._writing.acquire(timeout=PATIENCE):
            return
        try:
            self._written(self._notes.take())
        except Exception as error:
            self.logger.warning("the last notes are lost: %s", type(error).__name__)
        finally:
            self._writing.release()

    def _begin(self) -> None:
        self._notes = self.nothing_noted()
        self._starting = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self.NAME, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        idle, pause = 0, PERIOD
        rest = threading.Event()
        while idle < IDLE_ROUNDS:
            rest.wait(pause)
            try:
                idle = 0 if self.flush() else idle + 1
                pause = PERIOD
            except Exception as error:  # the thread outlives a database that is away
                pause = min(2 * pause, LONGEST_PAUSE)
                self.logger.warning("the notes are not written yet: %s", type(error).__name__)
        self._thread = None
        # Somebody may have noted between the last flush and the line above, and have seen a thread.
        if self._notes:
            self._start()

    def _written(self, batch: B) -> bool:
        if not batch:
            return False
        try:
            with unit_of_work(self._database) as unit:
                self.write(batch)
                unit.commit()
        except BaseException:
            self._notes.put_back(batch)
            raise
        return True


_recorders: "weakref.WeakSet[Recorder[Any]]" = weakref.WeakSet()


def _begin_anew() -> None:
    """In a forked process: what the parent has noted is the parent's to write, and its thread is not here."""
    for recorder in list(_recorders):
        recorder._begin()


os.register_at_fork(after_in_child=_begin_anew)


@atexit.register
def _leave() -> None:
    for recorder in list(_recorders):
        recorder.leave()
