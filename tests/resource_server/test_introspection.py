"""Asking the authorization server: kept connections, answers that are no verdict, requests that are not repeated."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from authserver.resource_server import AuthorizationServer, Unavailable
from authserver.resource_server.connections import LARGEST, Connections, Unreachable, _quiet
from tests.resource_server.conftest import configuration
from tests.resource_server.fake_server import GOOD, FakeServer, claims

SECRET = "se:cret+%ü"


@pytest.fixture
def authority(fake: FakeServer) -> Iterator[AuthorizationServer]:
    server = AuthorizationServer(configuration(f"{fake.url}/", client_id="a b", client_secret=SECRET))
    yield server
    server.close()


def ask(authority: AuthorizationServer, *, cost: int | None = None) -> object:
    return authority.introspect(GOOD, ip=None, cost=cost)


def test_rfc6749_s2_3_1_both_halves_are_encoded(authority: AuthorizationServer, fake: FakeServer) -> None:
    ask(authority)
    assert fake.asked[0].basic == "a+b:se%3Acret%2B%25%C3%BC"


def test_an_inactive_answer_is_none(authority: AuthorizationServer) -> None:
    assert ask(authority) is None


def test_one_connection_serves_many_questions(authority: AuthorizationServer, fake: FakeServer) -> None:
    for _ in range(3):
        ask(authority, cost=1)
    assert len({asked.peer for asked in fake.asked}) == 1


def test_threads_do_not_share_a_connection(authority: AuthorizationServer, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(ask(authority))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([access for access in found if access is not None]) == 8


@pytest.mark.parametrize("cost", [None, 1])
def test_a_connection_that_was_closed_meanwhile_is_replaced(
    authority: AuthorizationServer, fake: FakeServer, cost: int | None
) -> None:
    fake.hangs_up = True
    for _ in range(3):
        assert ask(authority, cost=cost) is None
        until_closed(authority._connections)
    assert len(fake.asked) == 3


def until_closed(connections: Connections) -> None:
    """Wait for the end of the one idle connection."""
    deadline = time.monotonic() + 10
    while _quiet(connections._idle[-1]):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_fork_does_not_use_the_connections_of_its_parent(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connections = Connections(fake.url, timeout=5)
    connections.send("GET", "/", headers={})
    (of_parent,) = connections._idle
    monkeypatch.setattr("authserver.resource_server.connections.os.getpid", lambda: -1)
    connections.send("GET", "/", headers={})
    assert len({asked.peer for asked in fake.asked}) == 2
    of_parent.close()
    connections.close()


class Broken:
    """A kept connection whose end has not arrived yet: it fails when it is used, before or after the request is out."""

    def __init__(self, *, sends: bool) -> None:
        self.sends = sends

    def request(self, *_: object, **__: object) -> None:
        if not self.sends:
            raise BrokenPipeError("closed")

    def getresponse(self) -> None:
        raise ConnectionResetError("closed")

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("sends", "again", "asked"), [(True, True, 1), (True, False, 0), (False, True, 1), (False, False, 1)]
)
def test_rfc9110_s9_2_2_what_spends_is_not_sent_twice(
    fake: FakeServer, monkeypatch: pytest.MonkeyPatch, sends: bool, again: bool, asked: int
) -> None:
    connections = Connections(fake.url, timeout=5)
    monkeypatch.setattr(connections, "_borrow", lambda: Broken(sends=sends))
    if asked:
        assert connections.send("GET", "/", headers={}, again=again).status == 200
    else:
        with pytest.raises(Unreachable):
            connections.send("GET", "/", headers={}, again=False)
    assert len(fake.asked) == asked
    connections.close()


@pytest.mark.parametrize(("cost", "asked"), [(None, 1), (0, 1), (1, 0)])
def test_only_a_question_that_spends_nothing_is_asked_again(
    authority: AuthorizationServer, fake: FakeServer, monkeypatch: pytest.MonkeyPatch, cost: int | None, asked: int
) -> None:
    monkeypatch.setattr(authority._connections, "_borrow", lambda: Broken(sends=True))
    if asked:
        assert ask(authority, cost=cost) is None
    else:
        with pytest.raises(Unavailable):
            ask(authority, cost=cost)
    assert len(fake.asked) == asked


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (401, {}, b'{"error": "invalid_client"}'),  # our own secret is wrong: no verdict on the caller
        (400, {}, b"{}"),
        (500, {}, b""),
        (302, {"Location": "http://elsewhere.example/"}, b""),
        (204, {}, b""),
        (200, {}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b"{}"),
        (200, {}, b'{"active": "true"}'),
        (200, {}, b'{"active": true, "scope": ["read:realms"]}'),
        (200, {}, b'{"active": true, "exp": "soon"}'),
        (200, {}, b'{"active": true, "cache_ttl": -1}'),
        (200, {}, b'{"active": true, "rate_limit": {"limit": 1000}}'),
        (200, {}, b'{"active": true, "rate_limit": []}'),
        (200, {}, b"[" * 100_000),
        (200, {}, b" " * (LARGEST + 1)),
        (200, {"Content-Length": "20", "Connection": "close"}, b'{"active": true}'),
    ],
)
def test_what_is_no_answer_of_the_contract_lets_nobody_in(
    authority: AuthorizationServer, fake: FakeServer, status: int, headers: dict[str, str], body: bytes
) -> None:
    fake.instead = (status, headers, body)
    with pytest.raises(Unavailable):
        ask(authority)
    fake.instead = None
    assert ask(authority) is None  # and the next question is answered


@pytest.mark.parametrize(("stated", "told"), [("17", 17), ("0", 1), ("999999", 3600), ("soon", 5), ("-3", 5)])
def test_retry_after_of_the_authorization_server_is_passed_on(
    authority: AuthorizationServer, fake: FakeServer, stated: str, told: int
) -> None:
    fake.instead = (429, {"Retry-After": stated}, b"{}")
    with pytest.raises(Unavailable) as caught:
        ask(authority)
    assert caught.value.retry_after == told


def test_a_server_that_does_not_answer_is_given_up(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(fake, "answer", lambda _: release.wait(10) and (200, {}, b"{}"))
    authority = AuthorizationServer(configuration(fake.url, timeout=0.2))
    with pytest.raises(Unavailable):
        ask(authority)
    release.set()


def test_logs_say_what_is_wrong_and_hold_no_secret(
    authority: AuthorizationServer, fake: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    fake.instead = (401, {}, f'{{"token": "{GOOD}"}}'.encode())
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable):
        ask(authority)
    assert "/introspect answered 401" in caplog.text
    assert GOOD not in caplog.text
    assert SECRET not in caplog.text + repr(configuration(fake.url, client_secret=SECRET))
