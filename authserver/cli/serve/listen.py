"""Where the server listens: the address as people write it, and the socket that every worker shares."""

from __future__ import annotations

import errno
import socket
import time
from dataclasses import dataclass

# A server killed a moment ago still holds its port for some milliseconds; nobody should have to type a sleep.
BUSY_PATIENCE = 0.75
BUSY_PAUSE = 0.05


class ListenRefused(Exception):
    """The address cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A host and a port, as in `127.0.0.1:8000`, `[::1]:8000` or `localhost:0` (any free port)."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Listen:
        """Read `host:port`; whatever else is a ValueError that quotes the text."""
        host, colon, port = text.strip().rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if bracketed:
            host = host[1:-1]
        if not colon or not host or (":" in host) != bracketed or {"[", "]"} & set(host):
            raise ValueError(
                f"{text!r} is not an address to listen on: write host:port, as 127.0.0.1:8000 or [::1]:8000"
            )
        if not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise ValueError(f"{text!r} has no port between 0 and 65535 after its last colon")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self}"

    def bind(self, *, replace: bool = False) -> socket.socket:
        """Take the port without listening on it yet: until a worker is ready, connections are refused.

        The bind itself is without SO_REUSEPORT, so a port that is in use is found out here and not half shared.
        """
        family, address = self._resolve()
        patience = time.monotonic() + BUSY_PATIENCE
        while True:
            try:
                return _bound(family, address, share=replace)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or replace or time.monotonic() > patience:
                    raise ListenRefused(self._why_not(error)) from error
            time.sleep(BUSY_PAUSE)

    def taken(self, sock: socket.socket) -> Listen:
        """The same address with the port that the system chose for port 0."""
        return Listen(self.host, sock.getsockname()[1])

    def _resolve(self) -> tuple[socket.AddressFamily, tuple[object, ...]]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except socket.gaierror as error:
            raise ListenRefused(f"cannot listen on {self}: {self.host!r} is no address of this machine") from error
        # localhost is often ::1 as well; the contract's default is the IPv4 loopback.
        family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        return family, address

    def _why_not(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return f"port {self.port} on {self.host} is in use: stop that server, or choose another with --listen"
        if error.errno == errno.EACCES:
            return f"no permission to listen on {self}: ports below 1024 belong to root"
        return f"cannot listen on {self}: {error.strerror or error}"


def _bound(family: socket.AddressFamily, address: tuple[object, ...], *, share: bool) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Without it a restart waits for the connections of the last server to leave TIME_WAIT.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit it: small answers are not held back for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if share:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
        # Set after the exclusive bind, it lets a later `--replace` in and still keeps everyone else out.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        sock.close()
        raise
    return sock
