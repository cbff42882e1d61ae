"""Real servers: `authserver run` in a process of its own, on a free port, ended by its own id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.databases import fresh_database

READY_WITHIN = 60  # seconds; the machine may be busy
STOPS_WITHIN = 15
CHECKOUT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "authserver")


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers at `url`. `environ` is what its command line needs to reach the same database."""

    url: str
    process: "subprocess.Popen[bytes]"
    environ: Mapping[str, str] = field(repr=False)
    log_path: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        """What it has written so far, on both streams."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def cli(self, *arguments: str, stdin: str | None = None, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run `authserver <arguments>` beside the server. With `check`, a failure shows what it said."""
        return command(*arguments, environ=self.environ, stdin=stdin, check=check)

    def get(self, path: str, **options: object) -> requests.Response:
        """GET without following redirects."""
        return requests.get(self.url + path, **{"timeout": 10, "allow_redirects": False, **options})  # type: ignore[arg-type]

    def signal(self, number: int) -> None:
        """Send a signal to the parent process."""
        self.process.send_signal(number)

    def wait(self, timeout: float = STOPS_WITHIN) -> int:
        """Its exit status."""
        return self.process.wait(timeout)


def command(
    *arguments: str, environ: Mapping[str, str], stdin: str | None = None, check: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run one command of the command line to its end."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=dict(environ),
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=60,
        cwd=CHECKOUT,
    )
    assert not check or done.returncode == 0, f"authserver {arguments} -> {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def environment(directory: Path, *, database: str, keys_dir: Path | None = None, **extra: str) -> dict[str, str]:
    """This process's environment without its AUTHSERVER_ variables, and those of an installation under `directory`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSERVER_")}
    return {
        **inherited,
        "AUTHSERVER_DATA_DIR": str(directory / "var"),
        "AUTHSERVER_KEYS_DIR": str(keys_dir or directory / "keys"),
        "AUTHSERVER_DATABASE_URL": database,
        "AUTHSERVER_PASSWORD_MEMORY": "8192",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


@contextmanager
def running(
    directory: Path,
    *,
    workers: int = 1,
    env: Mapping[str, str] | None = None,
    database: str | None = None,
    keys_dir: Path | None = None,
    arguments: tuple[str, ...] = (),
    ready: bool = True,
) -> Iterator[RunningServer]:
    """Start a server, wait until it is ready, and end it. Without `database` it gets an empty one of its own.

    On PostgreSQL the schema is brought up to date first, as an operator would (`authserver db upgrade`).
    """
    directory.mkdir(parents=True, exist_ok=True)
    if database is None:
        with fresh_database(directory) as url:
            options = {"workers": workers, "env": env, "keys_dir": keys_dir, "arguments": arguments, "ready": ready}
            with running(directory, database=url, **options) as server:  # type: ignore[arg-type]
                yield server
        return
    port = free_port()
    environ = environment(directory, database=database, keys_dir=keys_dir) | {
        "AUTHSERVER_ISSUER": f"http://localhost:{port}",
        **(env or {}),
    }
    if database.startswith("postgresql"):
        command("db", "upgrade", environ=environ)
    call = [*COMMAND, "run", "--listen", f"127.0.0.1:{port}", "--workers", str(workers), *arguments]
    log_path = directory / f"server-{port}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(call, env=environ, cwd=CHECKOUT, stdout=log, stderr=log, start_new_session=True)
    server = RunningServer(f"http://localhost:{port}", process, environ, log_path)
    try:
        if ready:
            wait_until_ready(server)
        yield server
    finally:
        _end(process)


def wait_until_ready(server: RunningServer, within: float = READY_WITHIN) -> None:
    """Return once /readyz answers 200; fail with the log when the process ends or the time is up."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"the server ended with {server.process.returncode}:\n{server.log}"
        try:
            if server.get("/readyz", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server was not ready within {within} s:\n{server.log}")


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN)
    # Its workers are in the session that it began; of those that are left none may outlive the test.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOPS_WITHIN)
