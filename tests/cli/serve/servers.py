"""Real server processes on loopback, each ended by its own id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

CHECKOUT = Path(__file__).parents[3]
PATIENCE = 20.0


@dataclass
class Server:
    process: "subprocess.Popen[str]"
    url: str = ""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def await_ready(self) -> "Server":
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        return self

    def get(self, path: str = "/", **options: Any) -> Any:
        """The toy's answer over a connection of its own."""
        return self.ask("GET", path, **options).json()

    def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> requests.Response:
        headers = {"Connection": "close", **(headers or {})}
        return requests.request(method, self.url + path, headers=headers, timeout=PATIENCE, **options)

    def raw(self, message: bytes) -> bytes:
        """Everything the server answers to these bytes until it closes."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            # It may refuse, and close, before it has read all.
            with suppress(ConnectionError):
                connection.sendall(message)
            with suppress(ConnectionError):
                while part := connection.recv(65536):
                    answer += part
        return answer

    def workers(self) -> set[int]:
        """The worker processes seen over many connections."""
        return {self.get()["pid"] for _ in range(16)}

    def stop(self, timeout: float = PATIENCE) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)


@contextmanager
def started(*arguments: str, listen: str = "127.0.0.1:0", **environ: str) -> Iterator[Server]:
    """A server whose parent has been started; it may not be ready yet."""
    command = [sys.executable, "-m", "tests.cli.serve.toy", listen, *arguments]
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env={**os.environ, **environ}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        try:
            yield Server(process)
        finally:
            if process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
            process.kill()


@contextmanager
def serving(*arguments: str, **options: str) -> Iterator[Server]:
    """A server that answers."""
    with started(*arguments, **options) as server:
        yield server.await_ready()


def until(condition: Callable[[], bool], timeout: float = PATIENCE) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    # A dead child of nobody may wait for init to bury it.
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
