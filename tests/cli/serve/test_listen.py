"""Addresses to listen on, and the port that is taken or refused."""

import socket

import pytest

from authserver.cli.serve.listen import Listen, ListenRefused
from tests.cli.serve.servers import free_port, refused


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("[::1]:8000", "::1", 8000),
        ("localhost:0", "localhost", 0),
        ("0.0.0.0:65535", "0.0.0.0", 65535),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, host: str, port: int) -> None:
    listen = Listen.parse(text)
    assert (listen.host, listen.port, str(listen)) == (host, port, text)


@pytest.mark.parametrize(
    "text", ["", "8000", ":8000", "::1:8000", "[::1]", "127.0.0.1:", "h:-1", "h:65536", "h:٣", "[h:1"]
)
def test_anything_else_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="port"):
        Listen.parse(text)


def test_the_port_is_taken_but_refuses_connections_until_it_listens() -> None:
    listen = Listen("127.0.0.1", 0)
    with listen.bind() as sock:
        taken = listen.taken(sock)
        assert taken.port
        assert refused(taken.port)
        sock.listen()
        assert not refused(taken.port)


def test_a_busy_port_is_refused_and_a_replacement_is_not() -> None:
    listen = Listen("127.0.0.1", free_port())
    with listen.bind() as sock:
        sock.listen()
        with pytest.raises(ListenRefused, match=f"port {listen.port} on 127.0.0.1 is in use"):
            listen.bind()
        with listen.bind(replace=True) as replacement:
            replacement.listen()


def test_a_foreign_server_is_not_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as foreign, pytest.raises(ListenRefused, match="is in use"):
        Listen("127.0.0.1", foreign.getsockname()[1]).bind(replace=True)


def test_a_host_of_another_machine_is_refused() -> None:
    with pytest.raises(ListenRefused, match=r"cannot listen on 192\.0\.2\.1:0"):
        Listen("192.0.2.1", 0).bind()
