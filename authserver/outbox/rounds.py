"""Threads that deliver what waits: one per process, database and kind; any number of processes share one queue."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from authserver import clock
from authserver.models.database import Database

NAP = 30  # longest sleep while something waits: another process may have left it behind

logger = logging.getLogger("authserver.outbox")


@dataclass(frozen=True, slots=True)
class Load:
    """What one kind of thread carries."""

    kind: str
    deliver: Callable[[], int]  # what is due; how many were taken
    next_due: Callable[[], int | None]  # None when nothing waits


class Courier:
    """The thread of one process for one load: starts when woken, ends when nothing waits unless it `stays`."""

    def __init__(self, load: Load, *, stays: bool) -> None:
        self._load = load
        self._stays = stays
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Something may wait."""
        with self._lock:
            self._bell.set()
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name=f"courier of {self._load.kind}", daemon=True)
                self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End after what is in hand; what waits stays in the queue."""
        with self._lock:
            self._stopping = True
            self._bell.set()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping:
            self._bell.clear()
            pause = self._round()
            if pause is None and self._finished():
                return
            self._bell.wait(pause if pause is not None else 0)
        with self._lock:
            self._thread = None

    def _round(self) -> int | None:
        """Deliver what is due; seconds until the next try, None when nothing waits."""
        try:
            while self._load.deliver() and not self._stopping:
                pass
            due_at = self._load.next_due()
        except Exception:  # the thread outlives a database that is away
            logger.exception("%s could not be delivered", self._load.kind)
            return NAP
        if due_at is None:
            return NAP if self._stays else None
        return max(1, min(NAP, due_at - clock.now()))

    def _finished(self) -> bool:
        with self._lock:
            if self._bell.is_set() and not self._stopping:
                return False  # somebody rang after the last look
            self._thread = None
            return True


_couriers: dict[tuple[Database, str], tuple[int, Courier]] = {}
_lock = threading.Lock()


def wake(database: Database, load: Load, *, stays: bool = False) -> None:
    """Deliver what waits; with `stays` for as long as this process lives, also what another one has left behind."""
    with _lock:
        pid, courier = _couriers.get((database, load.kind), (0, None))
        if courier is None or pid != os.getpid():  # threads do not survive a fork
            courier = Courier(load, stays=stays)
            _couriers[(database, load.kind)] = (os.getpid(), courier)
    courier.wake()


def stop(database: Database) -> None:
    """End this process's deliveries from this database."""
    with _lock:
        own = [_couriers.pop(key) for key in list(_couriers) if key[0] is database]
    for pid, courier in own:
        if pid == os.getpid():
            courier.stop()
