"""The two servers: started on loopback as processes of their own, on one core, and ended by their own id."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
PEER = HERE / "peer"
READY_WITHIN, STOPS_WITHIN = 60, 15
SERVER_CORE, CLIENT_CORE = 0, 1
#: Told to the seeding and to the server alike: a token names its issuer.
ISSUER = "http://localhost:8000"
TOKEN_LIFE = 3600
#: Signed tokens: more than the keyring remembers verdicts of (20,000). Sent in a circle, none of them is ever known.
UNSEEN = 25_000


class NotReady(Exception):
    """A server that did not come up; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at `url`; all its processes are in one session, which it began."""

    url: str
    session: int

    def cpu_seconds(self) -> float:
        """Processor time that its processes have used so far; 0 where /proc is not there."""
        return sum(_ticks(stat, self.session) for stat in Path("/proc").glob("[0-9]*/stat")) / os.sysconf("SC_CLK_TCK")


def on_core(core: int, call: Sequence[str]) -> list[str]:
    """This call, bound to a core where there are two and `taskset` is installed."""
    if (os.cpu_count() or 1) < 2 or not shutil.which("taskset"):
        return list(call)
    return ["taskset", "--cpu-list", str(core), *call]


def environment(directory: Path) -> dict[str, str]:
    """An installation under `directory`, with the settings that the server has by default, but a fixed issuer."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSERVER_")}
    return {
        **inherited,
        "AUTHSERVER_ISSUER": ISSUER,
        "AUTHSERVER_DATA_DIR": str(directory / "var"),
        "AUTHSERVER_KEYS_DIR": str(directory / "keys"),
        "AUTHSERVER_ACCESS_TOKEN_TTL": str(TOKEN_LIFE),
        "AUTHSERVER_LOG_LEVEL": "warning",
    }


def seed(directory: Path, *, unseen: int = UNSEEN) -> Path:
    """Fill a new installation, with so many signed tokens; the folder of its load files."""
    loads = directory / "loads"
    (directory / "var").mkdir(parents=True)
    call = [sys.executable, str(HERE / "seed.py"), str(loads), str(unseen)]
    subprocess.run(call, env=environment(directory), check=True)
    return loads


@contextmanager
def ours(directory: Path) -> Iterator[Server]:
    """`authserver run` with one worker."""
    port = free_port()
    call = [sys.executable, "-m", "authserver", "run", "--listen", f"127.0.0.1:{port}", "--workers", "1"]
    with running(call, port, environ=environment(directory), log=directory / "ours.log") as server:
        yield server


@contextmanager
def ours_by_granian(directory: Path, *, blocking_threads: int) -> Iterator[Server]:
    """The same application in granian's own command line, where the number of threads can be chosen."""
    port = free_port()
    call = [sys.executable, "-m", "granian", "authserver.factory:create_app", "--factory", "--interface", "wsgi"]
    call += ["--workers", "1", "--blocking-threads", str(blocking_threads), "--backpressure", "1024"]
    call += ["--http", "1", "--no-ws", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    log = directory / f"granian-{blocking_threads}.log"
    with running(call, port, environ=environment(directory), log=log) as server:
        yield server


class Peer:
    """node-oidc-provider, and how its tokens are made."""

    def __init__(self, server: Server, control: str, secret: str) -> None:
        self.server = server
        self.secret = secret
        self._control = control

    def first_refresh_tokens(self, count: int) -> list[str]:
        with urllib.request.urlopen(f"{self._control}/?count={count}", timeout=30) as answer:
            tokens: list[str] = json.load(answer)
        return tokens


@contextmanager
def peer(directory: Path, *, node: str) -> Iterator[Peer]:
    """The peer with its in-memory adapter."""
    port, control, secret = free_port(), free_port(), "cs_" + secrets.token_urlsafe(32)
    call = [node, str(PEER / "server.mjs"), str(port), str(control), secret]
    environ = {**os.environ, "NODE_ENV": "production"}
    with running(call, port, environ=environ, log=directory / "peer.log") as server:
        yield Peer(server, f"http://127.0.0.1:{control}", secret)


def peer_is_missing(node: str) -> str | None:
    """Why the peer cannot run, if it cannot."""
    if not shutil.which(node):
        return f"{node} is not installed"
    if not (PEER / "node_modules" / "oidc-provider").is_dir():
        return "run `npm install --no-package-lock` in benchmarks/peer first"
    return None


@contextmanager
def running(call: Sequence[str], port: int, *, environ: Mapping[str, str], log: Path) -> Iterator[Server]:
    """A server process on the server's core, once it answers."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            on_core(SERVER_CORE, call), env=dict(environ), cwd=CHECKOUT, stdout=out, stderr=out, start_new_session=True
        )
    try:
        wait_until_ready(process, port, log)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        end(process)


def wait_until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    url = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise NotReady(log.read_text(encoding="utf-8", errors="replace")[-2000:])


def end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN)
    # Its workers are in the session that it began; none of them may outlive the measurement.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOPS_WITHIN)


def _ticks(stat: Path, session: int) -> int:
    """utime and stime of a process of this session (proc(5)); the name before them may hold spaces."""
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0
    return int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
