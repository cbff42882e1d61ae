"""Writing what has been noted: one thread a process, which starts with the first note and ends when none come."""

import atexit
import logging
import os
import threading
import weakref

from authserver.models import api_keys, key_usage
from authserver.models.database import Database
from authserver.models.unit_of_work import unit_of_work
from authserver.usage.notes import Batch, Notes

PERIOD = 0.9  # seconds between two flushes: a use is in the database within one second
LONGEST_PAUSE = 30.0  # while the database does not take it
IDLE_ROUNDS = 20
PATIENCE = 2.0  # seconds that the end of a process waits for a flush that is under way

logger = logging.getLogger("authserver.usage")


class Recorder:
    """The notes of one process for one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begin()
        _recorders.add(self)

    def note(self, key_id: str, *, address: str | None, client_id: str, refused: bool = False) -> None:
        """A key was used, or wanted to be. Never waits for the database, never fails (AK10)."""
        if self._pid != os.getpid():
            self._begin()  # what the parent has noted is the parent's to write, and its thread is not here
        self._notes.add(key_id, address=address, client_id=client_id, refused=refused)
        if self._thread is None:
            self._start()

    def flush(self) -> bool:
        """Write what is noted. False when there was nothing. Raises whatever the database raises; nothing is lost."""
        with self._writing:
            return self._written(self._notes.take())

    def leave(self) -> None:
        """The process ends: write what is noted if that can be done at once."""
        if self._pid != os.getpid() or not self._writing.acquire(timeout=PATIENCE):
            return
        try:
            self._written(self._notes.take())
        except Exception as error:
            logger.warning("the last use of keys is not recorded: %s", type(error).__name__)
        finally:
            self._writing.release()

    def _begin(self) -> None:
        self._notes = Notes()
        self._starting = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
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
                logger.warning("use of keys is not recorded yet: %s", type(error).__name__)
        self._thread = None
        # Somebody may have noted between the last flush and the line above, and have seen a thread.
        if self._notes:
            self._start()

    def _written(self, batch: Batch) -> bool:
        if not batch:
            return False
        try:
            with unit_of_work(self._database) as unit:
                api_keys.used(batch.last)
                key_usage.add(batch.hours)
                unit.commit()
        except BaseException:
            self._notes.put_back(batch)
            raise
        return True


_recorders: "weakref.WeakSet[Recorder]" = weakref.WeakSet()


@atexit.register
def _leave() -> None:
    for recorder in list(_recorders):
        recorder.leave()
