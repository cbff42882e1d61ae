"""The parent: opens nothing but the port, starts workers, replaces the dead, reloads without loss, stops in time."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.process import BaseProcess

from authserver.cli.serve.listen import Listen, ListenRefused
from authserver.cli.serve.signals import Signals
from authserver.cli.serve.worker import GRACE_SECONDS, Loader, Mould

APPLICATION = "authserver.factory:serve_app()"
OPEN_FILES = 8192
# After a start that failed; doubled with every further one.
PAUSE_SECONDS = 1.0
LONGEST_PAUSE = 30.0

log = logging.getLogger("authserver.serve")


def serve(
    *,
    listen: Listen,
    workers: int | None = None,
    target: str = APPLICATION,
    trusted_proxies: int = 0,
    replace: bool = False,
    ready: Callable[[Listen], None] | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code.

    `ready` is called once, when the port is open, with the address that was taken. The target is `module:name`, or
    `module:name()` for a factory; settings reach the workers by the environment.
    """
    try:
        sock = listen.bind(replace=replace)
    except ListenRefused as refused:
        print(f"authserver: {refused}", file=sys.stderr)
        return 1
    multiprocessing.set_start_method("spawn", force=True)
    allow_open_files()
    announce = (lambda: ready(listen.taken(sock))) if ready else (lambda: None)
    count = workers or default_workers()
    with Signals() as signals:
        return Supervisor(signals, sock, count, target, trusted_proxies, announce).run()


def default_workers() -> int:
    """One worker for each processor this process may use, at most four."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 4)


def allow_open_files() -> None:
    """Workers inherit the limit; the usual 1024 is less than the connections one of them accepts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Worker:
    """A worker as its parent sees it: a process, the pipe that says it is ready, the pipe that keeps it alive."""

    def __init__(self, process: BaseProcess, ready: Connection, life: Connection) -> None:
        self.process = process
        self.ready = ready
        self.life = life
        self.killed_at = float("inf")

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def has_said_ready(self) -> bool:
        """A pipe that was closed without a word also has something to read."""
        try:
            return self.ready.poll() and bool(self.ready.recv_bytes())
        except EOFError:
            return False

    def dismiss(self) -> None:
        """Let it finish what is in flight, within the grace."""
        self.killed_at = time.monotonic() + GRACE_SECONDS
        self.life.close()

    def kill_if_overdue(self) -> None:
        if self.alive and time.monotonic() >= self.killed_at:
            log.warning("worker %s did not finish within %.0f s and is killed", self.process.pid, GRACE_SECONDS)
            self.process.kill()
            self.process.join()


class Supervisor:
    """Keeps `count` workers serving. A worker is starting, then serving, then (dismissed) leaving."""

    def __init__(
        self,
        signals: Signals,
        sock: socket.socket,
        count: int,
        target: str,
        trusted_proxies: int,
        announce: Callable[[], None],
    ) -> None:
        self._signals = signals
        self._sock = sock
        self._count = count
        self._target = target
        self._trusted_proxies = trusted_proxies
        self._announce = announce
        self._mould = Mould(sock=sock, behind_proxy=trusted_proxies > 0)
        self._starting: list[Worker] = []
        self._serving: list[Worker] = []
        self._stale: list[Worker] = []
        self._leaving: list[Worker] = []
        self._opened = False
        self._pause = 0.0
        self._not_before = 0.0

    def run(self) -> int:
        try:
            self._fill()
            while not self._signals.stop:
                self._sleep()
                if self._signals.take_reload():
                    self._stale = list(self._serving)
                    self._not_before = 0.0
                self._welcome()
                self._reap()
                if not self._opened and not self._starting:
                    return 1
                self._fill()
        finally:
            self._stop()
        return 0

    def _everyone(self) -> list[Worker]:
        return self._starting + self._serving + self._leaving

    def _sleep(self) -> None:
        """Until a worker ends or is ready, a signal arrives, or something is due."""
        due = [worker.killed_at for worker in self._leaving]
        if self._missing():
            due.append(self._not_before)
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        sentinels = [worker.process.sentinel for worker in self._everyone()]
        wait([self._signals.wake, *sentinels, *(worker.ready for worker in self._starting)], timeout)
        self._signals.drain()

    def _missing(self) -> int:
        """How many to start now: the first one alone, and one at a time to replace those a reload made stale."""
        if not self._opened:
            return 0 if self._starting else 1
        missing = max(0, self._count - len(self._serving) - len(self._starting))
        return missing or (1 if self._stale and not self._starting else 0)

    def _fill(self) -> None:
        if time.monotonic() >= self._not_before:
            for _ in range(self._missing()):
                self._starting.append(self._start())

    def _start(self) -> Worker:
        ready, tell = Pipe(duplex=False)
        # Nothing is ever written to it: that the parent has its end open is how a worker knows that it is wanted.
        watched, life = Pipe(duplex=False)
        loader = Loader(self._target, self._trusted_proxies, self._sock.fileno(), watched, tell)
        process = self._mould.cast(loader)
        process.start()
        tell.close()
        watched.close()
        return Worker(process, ready, life)

    def _welcome(self) -> None:
        """Those that have said they are ready serve; each lets one stale worker go."""
        for worker in [worker for worker in self._starting if worker.has_said_ready()]:
            self._starting.remove(worker)
            worker.ready.close()
            self._serving.append(worker)
            self._pause = 0.0
            if self._stale and len(self._serving) > self._count:
                self._retire(self._stale.pop(0))
            if not self._opened:
                self._opened = True
                self._announce()

    def _retire(self, worker: Worker) -> None:
        self._serving.remove(worker)
        self._leaving.append(worker)
        worker.dismiss()

    def _reap(self) -> None:
        for worker in self._leaving:
            worker.kill_if_overdue()
        self._leaving = [worker for worker in self._leaving if worker.alive]
        for worker in [worker for worker in self._serving if not worker.alive]:
            self._serving.remove(worker)
            self._stale = [other for other in self._stale if other is not worker]
            log.error("worker %s ended (%s); another is started", worker.process.pid, worker.process.exitcode)
        for worker in [worker for worker in self._starting if not worker.alive]:
            self._starting.remove(worker)
            worker.ready.close()
            self._misstart(worker)

    def _misstart(self, worker: Worker) -> None:
        """A reload that fails keeps the workers it has; a missing worker is tried again, ever more slowly."""
        if not self._opened:
            log.error("the server did not start: its first worker ended before it was ready")
            return
        self._pause = min(max(PAUSE_SECONDS, 2 * self._pause), LONGEST_PAUSE)
        self._not_before = time.monotonic() + self._pause
        kept = ", the reload is given up" if self._stale else ""
        self._stale.clear()
        log.error("worker %s ended before it was ready (%s)%s", worker.process.pid, worker.process.exitcode, kept)

    def _stop(self) -> None:
        # Closed here first: the port is free as soon as the last worker has stopped accepting.
        self._sock.close()
        for worker in self._starting + self._serving:
            worker.dismiss()
        for worker in self._everyone():
            worker.process.join(max(0.0, worker.killed_at - time.monotonic()))
            worker.kill_if_overdue()
