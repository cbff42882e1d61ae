"""The server process as its operator knows it: start, load, signals, crashes, and how it ends."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.cli.serve.servers import CHECKOUT, Server, alive, free_port, refused, serving, started, until


@dataclass
class Load:
    """Requests one after the other on new connections, from a few threads; what became of them by number."""

    server: Server
    keep_alive: bool = False
    answered: set[str] = field(default_factory=set)
    failed: dict[str, Exception] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, thread: int) -> None:
        number = 0
        headers = {} if self.keep_alive else {"Connection": "close"}
        with requests.Session() as session:
            while not self.over.is_set():
                number += 1
                name = f"{thread}-{number}"
                try:
                    session.post(f"{self.server.url}/?log={name}&sleep=0.01", headers=headers, timeout=20)
                    self.answered.add(name)
                except requests.RequestException as error:
                    self.failed[name] = error
                    time.sleep(0.05)


@contextmanager
def load(server: Server, *, keep_alive: bool = False) -> Iterator[Load]:
    running = Load(server, keep_alive)
    threads = [threading.Thread(target=running.run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    try:
        yield running
    finally:
        running.over.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def toy_log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_a_busy_port_is_refused_with_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with started(listen=f"127.0.0.1:{port}") as server:
            _, said = server.process.communicate(timeout=20)
    assert server.process.returncode == 1
    assert f"port {port} on 127.0.0.1 is in use" in said


def test_the_port_opens_when_a_worker_is_ready(tmp_path: Path) -> None:
    (tmp_path / "switch").write_text("slow1.0")
    port = free_port()
    with started(listen=f"127.0.0.1:{port}", TOY_SWITCH=str(tmp_path / "switch")) as server:
        time.sleep(0.7)
        assert refused(port)
        assert server.await_ready().get()["pid"]


def test_a_start_that_fails_ends_at_once_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "switch").write_text("broken")
    with started("--workers", "2", TOY_SWITCH=str(tmp_path / "switch")) as server:
        _, said = server.process.communicate(timeout=20)
    assert server.process.returncode == 1
    assert said.count("RuntimeError: the toy is broken") == said.count("did not start") == 1


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_sigterm_finishes_what_is_in_flight_and_refuses_the_rest(proxies: str) -> None:
    with serving("--proxies", proxies) as server, requests.Session() as idle:
        idle.get(server.url)
        answers: list[int] = []
        request = threading.Thread(target=lambda: answers.append(server.ask("GET", "/?sleep=1.2").status_code))
        request.start()
        time.sleep(0.4)
        server.process.send_signal(signal.SIGTERM)
        assert until(lambda: refused(server.port), 0.7)
        assert server.process.wait(20) == 0
        request.join()
        assert server.process.stderr is not None
        assert (answers, server.process.stderr.read()) == ([200], "")


def test_a_request_without_end_is_cut_off() -> None:
    with serving("--grace", "1") as server:

        def ask() -> None:
            with pytest.raises(requests.RequestException):
                server.get("/?sleep=30")

        request = threading.Thread(target=ask)
        request.start()
        time.sleep(0.4)
        before = time.monotonic()
        assert server.stop() == 0
        assert 0.9 < time.monotonic() - before < 5
        request.join()
        assert server.process.stderr is not None
        assert "did not finish within 1 s" in server.process.stderr.read()


def test_sigterm_under_load_answers_every_request_that_began(toy_log: Path) -> None:
    with serving("--workers", "2", TOY_LOG=str(toy_log)) as server:
        with load(server) as running:
            assert until(lambda: len(running.answered) > 50)
            assert server.stop() == 0
        assert set(toy_log.read_text().split()) == running.answered


@pytest.mark.parametrize("keep_alive", [False, True])
def test_sighup_changes_every_worker_and_loses_nothing(toy_log: Path, keep_alive: bool) -> None:
    with serving("--workers", "2", TOY_LOG=str(toy_log)) as server:
        assert until(lambda: len(server.workers()) == 2)
        before = server.workers()
        with load(server, keep_alive=keep_alive) as running:
            server.process.send_signal(signal.SIGHUP)
            assert until(lambda: not before & server.workers() and not any(map(alive, before)))
        assert not running.failed
        assert len(running.answered) > 20


def test_a_reload_that_fails_keeps_the_old_workers(tmp_path: Path) -> None:
    with serving(TOY_SWITCH=str(tmp_path / "switch")) as server:
        before = server.workers()
        (tmp_path / "switch").write_text("broken")
        server.process.send_signal(signal.SIGHUP)
        assert server.process.stderr is not None
        assert until(lambda: "the reload is given up" in server.process.stderr.readline())  # type: ignore[union-attr]
        assert server.workers() == before
        (tmp_path / "switch").write_text("")
        server.process.send_signal(signal.SIGHUP)
        assert until(lambda: not before & server.workers())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_the_parent_sleeps_while_workers_start(tmp_path: Path) -> None:
    with serving(TOY_SWITCH=str(tmp_path / "switch")) as server:
        before = server.workers()
        (tmp_path / "switch").write_text("slow1.0")
        spent = processor_seconds(server.process.pid)
        server.process.send_signal(signal.SIGHUP)
        assert until(lambda: not before & server.workers())
        assert processor_seconds(server.process.pid) - spent < 0.4


def processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_a_killed_worker_is_replaced() -> None:
    with serving("--workers", "2") as server:
        assert until(lambda: len(server.workers()) == 2)
        for _ in range(3):
            victim = server.get()["pid"]
            os.kill(victim, signal.SIGKILL)
            assert until(lambda: not alive(victim))  # noqa: B023
            assert until(lambda: len(server.workers()) == 2)
        assert server.stop() == 0


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_no_worker_outlives_a_killed_parent(proxies: str) -> None:
    with serving("--workers", "2", "--proxies", proxies) as server:
        assert until(lambda: len(server.workers()) == 2)
        workers = server.workers()
        server.process.kill()
        assert until(lambda: not any(map(alive, workers)), 5)
        with serving(listen=f"127.0.0.1:{server.port}") as next_one:
            assert next_one.get()["pid"] not in workers


def test_a_replacement_takes_over() -> None:
    with ExitStack() as both:
        old = both.enter_context(serving())
        new = both.enter_context(serving("--replace", listen=f"127.0.0.1:{old.port}"))
        assert old.stop() == 0
        assert new.workers()


def test_a_closed_terminal_stops_the_server() -> None:
    controller, terminal = pty.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    command = [sys.executable, "-m", "tests.cli.serve.toy", "127.0.0.1:0"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, text=True, stdout=subprocess.PIPE, preexec_fn=take_terminal
    ) as process:
        try:
            server = Server(process).await_ready()
            worker = server.get()["pid"]
            os.close(terminal)
            os.close(controller)
            assert process.wait(20) == 0
            assert not alive(worker)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_transfer_encoding_wins_over_content_length(server: Server) -> None:
    """Decision 36. The five bytes after the body would be a second request to a server that believed the length."""
    head = (
        b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = server.raw(head + b"3\r\nabc\r\n0\r\n\r\n" + smuggled)
    assert answer.count(b"HTTP/1.1 ") == 2 or b'"body": "abc"' in answer
    assert b'"body": "abc"' in answer
    assert b"smuggled" not in answer
    assert b'"CONTENT_LENGTH"' not in answer


def test_two_lengths_are_400(server: Server) -> None:
    lengths = b"Content-Length: 3\r\nContent-Length: 4\r\n"
    assert server.raw(b"POST / HTTP/1.1\r\nHost: h\r\n" + lengths + b"\r\nabcd").startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET / HTTP/1.1\r\nX-Big: " + b"a" * 16_000, b"200"),
        (b"GET / HTTP/1.1\r\nX-Big: " + b"a" * 100_000, b"431"),
        (b"GET / HTTP/1.1" + b"".join(b"\r\nX-%d: a" % number for number in range(200)), b"431"),
        (b"GET /?" + b"a" * 100_000 + b" HTTP/1.1", b"4"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b""),
    ],
)
def test_an_oversized_head_is_refused_and_the_worker_lives(server: Server, line: bytes, status: bytes) -> None:
    before = server.workers()
    assert server.raw(line + b"\r\nHost: h\r\nConnection: close\r\n\r\n")[9:].startswith(status)
    assert server.workers() == before


def test_slow_bodies_do_not_starve_the_others(server: Server) -> None:
    with ExitStack() as senders:
        for _ in range(40):
            sender = senders.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sender.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
        assert server.get()["pid"]
    assert server.get()["pid"]


def test_idle_connections_do_not_lock_others_out(server: Server) -> None:
    with ExitStack() as idlers:
        for _ in range(200):
            idlers.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        assert server.get()["pid"]


def test_the_parent_imports_no_application_code() -> None:
    heavy = ("flask", "werkzeug", "sqlalchemy", "authlib", "authserver.factory", "authserver.models")
    code = f"import sys, authserver.cli.serve; sys.exit([name for name in {heavy!r} if name in sys.modules] or 0)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=CHECKOUT, check=True, timeout=20)
