"""One worker: how the parent makes it, and what it does before granian takes over.

A worker is spawned, never forked: it starts with default signals and no inherited modules, so SIGHUP picks up new
code and no database handle crosses over. It outlives neither its parent nor its time to leave.
"""

from __future__ import annotations

import atexit
import importlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from authserver.cli.serve.bridge import Bridge

# A request body is read inside a blocking thread, so a slow sender holds one: 60 slow bodies starved 16 threads and
# not 64, which cost nothing at 16 connections. Idle threads end by themselves after 30 s.
BLOCKING_THREADS = 64
# granian counts connections here, idle keep-alive ones too: 32 idle clients locked everyone out of backpressure 32.
OPEN_CONNECTIONS = 1024
BACKLOG = 1024
# The request line and all header fields together; beyond it hyper answers 431.
HEAD_BYTES = 32 * 1024
GRACE_SECONDS = 10.0

_STDERR_ONLY = {
    "handlers": {
        "console": {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"},
        "access": {"formatter": "access", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"},
    }
}

Application = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Loader:
    """What a new worker runs to get its application; it travels to the worker by pickle."""

    target: str
    trusted_proxies: int
    listener: int
    life: Connection
    ready: Connection

    def __call__(self) -> Application | Bridge:
        # Ctrl-C reaches the whole group; a worker that is still importing leaves when its parent says so.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=leave_with_parent, args=(self.life,), name="parent-watch", daemon=True).start()
        application = load(self.target)
        open_port(self.listener)
        self.ready.send_bytes(b"ready")
        return Bridge(application, trusted_proxies=self.trusted_proxies) if self.trusted_proxies else application


def load(target: str) -> Application:
    """`package.module:name` is the application, `package.module:name()` makes it."""
    module, _, path = target.partition(":")
    name = path.removesuffix("()")
    found: Any = importlib.import_module(module)
    for step in name.split("."):
        found = getattr(found, step)
    application: Application = found() if name != path else found
    return application


def leave_with_parent(life: Connection) -> None:
    """The parent alone holds the other end: its death, even by SIGKILL, is the end of this file."""
    life.poll(None)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def open_port(listener: int) -> None:
    """From here on connections are accepted; for all but the first worker it changes nothing."""
    sock = socket.socket(fileno=listener)
    try:
        sock.listen(BACKLOG)
    finally:
        sock.detach()


def run(worker: Callable[..., None], *args: Any) -> None:
    """granian's worker, and then the end of the process without the end of the interpreter.

    granian's threads may still want the interpreter while it is being taken down: they panic or, rarely, hang.
    """
    worker(*args)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class Mould(MPServer):
    """granian's knowledge of how a worker is started, without its supervision (which reloads by the clock)."""

    def __init__(self, *, sock: socket.socket, behind_proxy: bool) -> None:
        super().__init__(
            target="",
            interface=Interfaces.RSGI if behind_proxy else Interfaces.WSGI,
            blocking_threads=1 if behind_proxy else BLOCKING_THREADS,
            backlog=BACKLOG,
            backpressure=OPEN_CONNECTIONS,
            runtime_mode=RuntimeModes.st,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(max_buffer_size=HEAD_BYTES),
            websockets=False,
            log_level=LogLevels.warning,
            log_dictconfig=_STDERR_ONLY,
        )
        # One listening socket for all workers, as granian has it on macOS: under SO_REUSEPORT, its way on Linux, the
        # connections queued for a worker are reset when that worker leaves.
        self._sso = sock
        self._shd: Any = shared(sock)
        self._run = partial(run, self._spawn_rsgi_worker if behind_proxy else self._spawn_wsgi_worker)

    def cast(self, loader: Loader) -> BaseProcess:
        """A process that is not started yet."""
        process: BaseProcess = self._spawn_worker(idx=0, target=self._run, callback_loader=loader).inner
        process.daemon = False
        return process


def shared(sock: socket.socket) -> Any:
    """granian's name for the same descriptor; only where its workers listen by themselves it carries the backlog."""
    holder: Any = SocketHolder
    listens_itself = sys.platform.startswith(("linux", "freebsd"))
    return holder(sock.fileno(), False, BACKLOG) if listens_itself else holder(sock.fileno(), False)
