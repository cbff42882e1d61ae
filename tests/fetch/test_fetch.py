"""Outbound requests: SF1-SF4. A sink on loopback sees whether anything was sent."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from authserver import fetch
from authserver.fetch import Failed, Fetcher, Refused
from authserver.settings import Settings

FORBIDDEN = (
    "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://127.1/", "https://127.0.1/",
    "https://0x7f.1/", "https://0x7f000001/", "https://2130706433/", "https://017700000001/", "https://0177.0.0.1/",
    "https://0/", "https://0.0.0.0/", "https://127.255.255.254/", "https://[::1]/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::10.0.0.1]/", "https://[2002:7f00:1::]/", "https://[2002:a00:1::]/", "https://[fe80::1]/",
    "https://[fec0::1]/", "https://[fc00::1]/", "https://[fd12:3456:789a::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/",
    "https://[2001:0:7f00:1::]/", "https://[::ffff:169.254.169.254]/", "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/", "https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/",
    "https://172.31.255.255/", "https://192.168.0.1/", "https://192.168.1.1:8443/", "https://100.64.0.1/",
    "https://198.18.0.1/", "https://192.0.0.1/", "https://192.0.2.1/", "https://198.51.100.1/", "https://203.0.113.1/",
    "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/", "https://3232235777/", "https://0xa9fea9fe/",
    "https://user@example.com/", "https://example.com@127.0.0.1/", "https://127.0.0.1#@example.com/", "https:///path",
    "https://example.com:0/", "http://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO",
    "ftp://example.com/", "data:text/plain,hello", "javascript:alert(1)", "https://exam\\ple.com/", "https://\u2460.0.0.1/",
    "https://example.com/\r\nX: y", "//127.0.0.1/", "127.0.0.1", "", "https://[::1%25lo]/", "https://127.0.0.1%00.example/",
)  # fmt: skip


def fetcher(allow: str | None = None) -> Fetcher:
    return Fetcher(Settings(fetch_allow=allow))


@contextmanager
def sink(answer: Callable[[socket.socket], None] = lambda connection: None) -> Iterator[tuple[int, list[bytes]]]:
    """A port on loopback that keeps what it is sent and answers as told."""
    seen: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                seen.append(received(connection))
                with suppress(OSError):
                    answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], seen
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)


def received(connection: socket.socket) -> bytes:
    """One request; its body may come after its headers. What is no HTTP, such as a TLS hello, as it came."""
    request = connection.recv(65536)
    length = re.search(rb"Content-Length: ([0-9]+)", request)
    while length and len(request.partition(b"\r\n\r\n")[2]) < int(length[1]):
        request += connection.recv(65536)
    return request


def says(text: str) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text.encode())


@pytest.mark.parametrize("url", FORBIDDEN)
def test_SF1_a_forbidden_target_is_refused_before_anything_is_sent(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket, "create_connection", never)
    for ask in (fetcher().check, fetcher().get, lambda url: fetcher().post(url, {"a": "b"})):
        with pytest.raises((Refused, Failed)):
            ask(url)


def test_SF1_there_are_sixty_spellings() -> None:
    assert len(set(FORBIDDEN)) >= 60


def test_SF1_loopback_sees_nothing() -> None:
    with sink() as (port, seen):
        for host in ("127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]", "2130706433"):
            with pytest.raises(Refused):
                fetcher().get(f"https://{host}:{port}/")
        assert seen == []


@pytest.mark.parametrize("allow", ["127.0.0.0/8", "localhost", "10.0.0.0/8, 127.0.0.1"])
def test_what_the_setting_allows_is_asked(allow: str) -> None:
    host = "localhost" if allow == "localhost" else "127.0.0.1"
    with sink(says("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")) as (port, seen):
        answer = fetcher(allow).get(f"http://{host}:{port}/jwks?x=1")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "application/json", b"{}")
    assert seen[0].startswith(f"GET /jwks?x=1 HTTP/1.1\r\nHost: {host}:{port}\r\n".encode())


def test_a_form_is_posted() -> None:
    with sink(says("HTTP/1.1 204 No Content\r\n\r\n")) as (port, seen):
        assert fetcher("127.0.0.1").post(f"http://127.0.0.1:{port}/", {"logout_token": "a b"}).status == 204
    assert seen[0].endswith(b"logout_token=a+b")


def test_SF2_a_name_is_resolved_once_and_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [[(socket.AF_INET, 1, 6, "", ("93.184.215.14", 443))], [(socket.AF_INET, 1, 6, "", ("127.0.0.1", 443))]]
    asked: list[object] = []

    def connect(address: object, timeout: float) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Failed):
        fetcher().get("https://rebinding.example/")
    assert asked == [("93.184.215.14", 443)]
    with pytest.raises(Refused):
        fetcher().get("https://rebinding.example/")


def test_SF2_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, 1, 6, "", (host, 443)) for host in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused):
        fetcher().check("https://two-faced.example/")


def test_SF3_a_redirect_is_not_followed() -> None:
    with sink() as (inner, inner_seen):
        answer = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner}/secret\r\nContent-Length: 0\r\n\r\n"
        with sink(says(answer)) as (port, _), pytest.raises(Failed, match="redirect"):
            fetcher("127.0.0.1").get(f"http://127.0.0.1:{port}/")
        assert inner_seen == []


def test_SF4_an_endless_answer_is_cut() -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with sink(endless) as (port, _), pytest.raises(Failed, match="more than"):
        fetcher("127.0.0.1").get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("slow", ["headers", "body"])
def test_SF4_a_dripping_answer_ends_in_time(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 1.0)

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"X-Slow: " if slow == "headers" else b"\r\n"))
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    started = time.monotonic()
    with sink(drip) as (port, _), pytest.raises(Failed):
        fetcher("127.0.0.1").get(f"http://127.0.0.1:{port}/")
    assert time.monotonic() - started < 5


def test_SF4_slow_hosts_do_not_hold_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 1.0)
    one, failed = fetcher("127.0.0.1"), []
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]

        def ask() -> None:
            try:
                one.get(f"http://127.0.0.1:{port}/")
            except Failed as error:
                failed.append(str(error))

        threads = [threading.Thread(target=ask) for _ in range(fetch.AT_ONCE + 4)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(failed) == fetch.AT_ONCE + 4
    assert any("wait already" in text for text in failed)
    assert time.monotonic() - started < 5


def test_a_certificate_of_nobody_is_refused() -> None:
    with sink() as (port, _), pytest.raises(Failed):
        fetcher("127.0.0.1").get(f"https://127.0.0.1:{port}/")
