"""What the application sees behind trusted proxies, over a real connection."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.cli.serve.servers import Server, serving

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--proxies", "1") as running:
        yield running


def test_a_name_with_an_underscore_is_dropped(server: Server) -> None:
    environ = server.get(headers={"X_Forwarded_For": "6.6.6.6", "X_Api_Key": "k", "X-Api-Key": "honest"})["environ"]
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["HTTP_X_API_KEY"] == "honest"
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_the_proxy_is_believed_and_the_caller_is_not(server: Server) -> None:
    forwarded = {
        "X-Forwarded-For": "6.6.6.6, 203.0.113.7",
        "X_Forwarded_For": "6.6.6.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example, id.example",
    }
    environ = server.get(headers=forwarded)["environ"]
    assert environ["REMOTE_ADDR"] == "203.0.113.7"
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTP_HOST"] == "id.example"
    assert not [name for name in environ if "FORWARDED" in name]


def test_the_certificate_is_no_header(server: Server) -> None:
    """It stands apart from the headers, where no caller can write (RFC 9440 section 2.4)."""
    sent = {"Client-Cert": ":AA==:", "Client-Cert-Chain": ":AA==:", "Client_Cert": ":BB==:"}
    believed = server.get(headers={**sent, "X-Forwarded-For": "203.0.113.7"})["environ"]
    refused = server.get(headers=sent)["environ"]
    assert believed["authserver.client_certificate"] == ":AA==:"
    assert "authserver.client_certificate" not in refused
    assert not [name for environ in (believed, refused) for name in environ if "CLIENT_CERT" in name]


def test_two_proxies_need_two_entries() -> None:
    with serving("--proxies", "2") as server:
        short = server.get(headers={"X-Forwarded-For": "6.6.6.6"})["environ"]
        whole = server.get(headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.0.0.1"})["environ"]
    assert short["REMOTE_ADDR"] == "127.0.0.1"
    assert whole["REMOTE_ADDR"] == "203.0.113.7"


def test_without_proxies_no_header_changes_the_peer() -> None:
    with serving() as server:
        environ = server.get(headers={"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"})["environ"]
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("127.0.0.1", "http")


def test_the_environ_is_that_of_pep_3333(server: Server) -> None:
    answer = server.ask("POST", "/a%20b/%C3%A9?q=%26", data=b"x\xff", headers={"Content-Type": "text/plain"}).json()
    environ = answer["environ"]
    assert answer["body"] == "x\xff"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a b/é"
    assert environ["QUERY_STRING"] == "q=%26"
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "2")
    assert (environ["REQUEST_METHOD"], environ["SCRIPT_NAME"]) == ("POST", "")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", str(server.port))


def test_repeated_fields_are_joined(server: Server) -> None:
    lines = b"Cookie: a=1\r\nCookie: b=2\r\nAuthorization: x\r\nAuthorization: y\r\n"
    answer = server.raw(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + lines + b"\r\n")
    assert b'"HTTP_COOKIE": "a=1; b=2"' in answer
    assert b'"HTTP_AUTHORIZATION": "x,y"' in answer


def test_every_header_of_the_answer_is_kept_and_head_has_no_body(server: Server) -> None:
    answer = server.raw(b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"set-cookie: a=1\r\nset-cookie: b=2" in head
    assert body == b""


def test_an_announced_mebibyte_and_more_is_413_before_it_is_sent(server: Server) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (MEBIBYTE + 1)
    assert server.raw(head).startswith(b"HTTP/1.1 413")


def test_an_unannounced_one_is_413_and_a_mebibyte_passes(server: Server) -> None:
    assert server.ask("POST", "/", data=(b"a" * 65536 for _ in range(17))).status_code == 413
    assert len(server.ask("POST", "/", data=b"a" * MEBIBYTE).json()["body"]) == MEBIBYTE


def test_an_application_that_raises_is_a_500_without_a_trace(server: Server) -> None:
    answer = server.ask("GET", "/raise")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")


def test_slow_bodies_hold_no_thread(server: Server) -> None:
    with ExitStack() as senders:
        for _ in range(80):
            sender = senders.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sender.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
        assert server.get()["pid"]
