"""Keep-alive connections to one server, lent to one thread at a time."""

import os
import select
import ssl
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

LARGEST = 256 * 1024


class Unreachable(Exception):
    """No answer, or none that can be read."""


class NotSent(ConnectionError):
    """The connection was closed before the request went out."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """A few connections that stay open; more are opened when more threads ask at once."""

    def __init__(self, root: str, *, timeout: float, tls: ssl.SSLContext | None = None, idle: int = 32) -> None:
        place = urlsplit(root)
        self._host, self._port = place.hostname or "", place.port
        self._base = place.path.rstrip("/")
        self._timeout = timeout
        self._tls = (tls or ssl.create_default_context()) if place.scheme == "https" else None
        self._idle: deque[HTTPConnection] = deque(maxlen=idle)
        self._process = os.getpid()

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes = b"", again: bool = True
    ) -> Reply:
        """Ask and read the answer; redirects are answers. Raises Unreachable.

        A kept connection that turns out to be closed is replaced once. Without `again` that ends when the request has
        gone out: the server may have acted on it (RFC 9110 section 9.2.2).
        """
        connection = self._borrow()
        kept = connection is not None
        try:
            return self._exchange(connection or self._connect(), method, path, headers, body)
        except ConnectionError as error:
            if not kept or not (again or isinstance(error, NotSent)):
                raise Unreachable(str(error)) from error
        except (OSError, HTTPException) as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        try:
            return self._exchange(self._connect(), method, path, headers, body)
        except (OSError, HTTPException) as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Close what is not lent."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _exchange(
        self, connection: HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        try:
            try:
                connection.request(method, self._base + path, body=body or None, headers=dict(headers))
            except ConnectionError as error:
                raise NotSent(str(error)) from error
            response = connection.getresponse()
            content = response.read(LARGEST + 1)
            complete = response.isclosed()
        except BaseException:
            connection.close()
            raise
        if not complete:  # larger than we read, or cut short
            connection.close()
            raise Unreachable("the answer is too large or incomplete")
        self._give_back(connection)
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _connect(self) -> HTTPConnection:
        if self._tls is not None:
            return HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)
        return HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _borrow(self) -> HTTPConnection | None:
        """The connection that was used last, unless the server has closed it meanwhile."""
        if self._process != os.getpid():  # a fork: the parent's sockets are the parent's
            self._idle, self._process = deque(maxlen=self._idle.maxlen), os.getpid()
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if _quiet(connection):
                    return connection
                connection.close()
        return None

    def _give_back(self, connection: HTTPConnection) -> None:
        if connection.sock is None:  # the server said `Connection: close`
            return
        if len(self._idle) == self._idle.maxlen:
            connection.close()
        else:
            self._idle.append(connection)


def _quiet(connection: HTTPConnection) -> bool:
    """Whether nothing has arrived: between two requests the only thing that can is the end of the connection."""
    if connection.sock is None:
        return False
    try:
        if not hasattr(select, "poll"):
            return not select.select([connection.sock], [], [], 0)[0]
        poll = select.poll()
        poll.register(connection.sock, select.POLLIN)
        return not poll.poll(0)
    except (OSError, ValueError):
        return False
