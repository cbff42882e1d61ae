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
from types import FrameType
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
# A connection accepted a moment ago has not asked yet, and granian would close it unasked: this is its time to ask.
LAST_WORDS_SECONDS = 0.25
# Python runs signal handlers between two instructions: a SIGTERM that comes just before a worker's main thread goes to
# sleep for good is noted and not acted on (3 of 30 times on a busy processor). Any later signal wakes it; this one does
# nothing else, and keeps a hang-up of the terminal from ending workers.
NUDGE = signal.SIGHUP
NUDGE_SECONDS = 0.25

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
        signal.signal(NUDGE, ignore)
        leaving = threading.Event()
        threading.Thread(target=leave, args=(self.life, self.listener, leaving), name="leave", daemon=True).start()
        application = last_answers_close(load(self.target), leaving)
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


def ignore(number: int, frame: FrameType | None) -> None:
    """Not SIG_IGN: only a handler of Python's own wakes the main thread."""


def leave(life: Connection, listener: int, leaving: threading.Event) -> None:
    """Wait until the parent closes the other end, or dies and so closes it, even by SIGKILL; then end in good order."""
    life.poll(None)
    overdue = time.monotonic() + GRACE_SECONDS + 1
    leaving.set()
    stop_accepting(listener)
    time.sleep(LAST_WORDS_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    while time.monotonic() < overdue:
        time.sleep(NUDGE_SECONDS)
        os.kill(os.getpid(), NUDGE)
    os._exit(1)


def stop_accepting(listener: int) -> None:
    """Put a socket that nobody connects to in the place of the shared one, which the other workers go on using.

    granian has no word for this: to it, stopping to accept and closing every connection without a request are one.
    """
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.setblocking(False)
        os.dup2(deaf.fileno(), listener)


def last_answers_close(application: Application, leaving: threading.Event) -> Application:
    """Tell clients that keep a connection not to use it again, before it is closed on them."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ["authserver.leaving"] = leaving  # for those whose answer waits
        if not leaving.is_set():
            return application(environ, start_response)

        def start_last(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return application(environ, start_last)

    return answer


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
            # As fast as `mt` here; and `mt`, by its source, may miss the end of its own last task.
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
