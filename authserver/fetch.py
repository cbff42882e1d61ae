"""The only outbound HTTP of this server, guarded against server-side request forgery (SF1-SF4).

A name is resolved once and the connection goes to that very address (no rebinding); only public addresses, unless a
setting allows more; no redirects; the whole exchange is bounded in time and size.
"""

import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from threading import BoundedSemaphore, Event, Timer
from urllib.parse import urlencode, urlsplit

from authserver.settings import Settings

SECONDS = 5.0  # for the whole exchange
LARGEST = 512 * 1024  # bytes of an answer
AT_ONCE = 4  # exchanges of this process: slow hosts must not hold all its threads
LONGEST_URL = 2000
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.IGNORECASE)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Refused(Exception):
    """This address may not be asked; nothing was sent."""


class Failed(Exception):
    """The other side did not answer, or not as it should: too slow, too large, a redirect, bad TLS."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: the one address that will be asked."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


class Fetcher:
    """Outbound requests under the rules of the settings `fetch_allow` and `ca_bundle`."""

    def __init__(self, settings: Settings) -> None:
        self._hosts, self._networks = _allowed(settings.fetch_allow or "")
        self._bundle = settings.ca_bundle
        self._slots = BoundedSemaphore(AT_ONCE)

    def check(self, url: str) -> Target:
        """Where the URL leads, now. Raises Refused; Failed when its name cannot be resolved."""
        target = self._read(url)
        addresses = _resolve(target.host, target.port)
        if refused := [one for one in addresses if not self._may_ask(target.host, one)]:
            raise Refused(f"{target.host} leads to {refused[0]}, which is not public.")
        return Target(target.scheme, target.host, target.port, target.path, str(addresses[0]))

    def get(self, url: str, *, accept: str = "application/json") -> Fetched:
        """GET. Raises Refused, Failed."""
        return self._ask("GET", url, headers={"Accept": accept}, body=None)

    def post(self, url: str, fields: Mapping[str, str]) -> Fetched:
        """POST a form. Raises Refused, Failed."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}
        return self._ask("POST", url, headers=headers, body=urlencode(fields).encode())

    def _ask(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Fetched:
        target = self.check(url)
        if not self._slots.acquire(timeout=SECONDS / 4):
            raise Failed("Too many outbound requests wait already.")
        try:
            with _connected(target, self._bundle) as connection:
                connection.request(method, target.path, body=body, headers={**headers, "Connection": "close"})
                return _answered(connection.getresponse(), target)
        except (OSError, HTTPException, ValueError) as error:  # also the end of the time, which closes the socket
            raise Failed(f"{target.host}: {type(error).__name__}") from error
        finally:
            self._slots.release()

    def _read(self, url: str) -> Target:
        """The parts of a URL that could be asked, not yet resolved."""
        if len(url) > LONGEST_URL or not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
            raise Refused("It is not a URL of printable ASCII.")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise Refused("It is not a URL.") from None
        allowed = host in self._hosts or _in_networks(host, self._networks)
        if parts.scheme != "https" and not (parts.scheme == "http" and allowed):
            raise Refused("Only https is asked.")
        if "@" in parts.netloc or parts.fragment or port == 0 or not _HOST.fullmatch(host):
            raise Refused("It must have a host, and neither user name nor fragment.")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path, "")

    def _may_ask(self, host: str, address: Address) -> bool:
        if host in self._hosts or any(address in network for network in self._networks):
            return True
        return is_public(address)


@contextmanager
def _connected(target: Target, bundle: Path | None) -> Iterator[HTTPConnection]:
    """A connection to the very address that was checked, cut off when its time is over, whatever it is doing then."""
    connection = HTTPConnection(target.host, target.port)
    plain = socket.create_connection((target.address, target.port), timeout=SECONDS / 2)
    late = Event()
    alarm = Timer(SECONDS, _cut, (plain, late))
    alarm.daemon = True
    alarm.start()
    try:
        connection.default_port = 443 if target.scheme == "https" else 80
        connection.sock = plain
        if target.scheme == "https":
            context = ssl.create_default_context(cafile=str(bundle) if bundle else None)
            connection.sock = context.wrap_socket(plain, server_hostname=target.host)
        yield connection
        if late.is_set():  # what was read before the cut is not the whole
            raise Failed(f"{target.host} answers too slowly.")
    finally:
        alarm.cancel()
        if connection.sock is not None:
            connection.sock.close()
        plain.close()


def _cut(connected: socket.socket, late: Event) -> None:
    late.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _answered(answer: HTTPResponse, target: Target) -> Fetched:
    if 300 <= answer.status < 400:  # SF3: what it names was not checked
        raise Failed(f"{target.host} answers with a redirect.")
    # As sent: nothing is unpacked, so a small answer cannot become a large one (SF4).
    body = answer.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise Failed(f"{target.host} answers with more than {LARGEST} bytes.")
    return Fetched(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed(f"{host} cannot be resolved.") from None
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def is_public(address: Address) -> bool:
    """Whether everybody can reach it, also where an IPv6 address hides an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local or not int(address) >> 32:  # fec0::/10 and ::a.b.c.d, long deprecated
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _allowed(text: str) -> tuple[frozenset[str], tuple[Network, ...]]:
    """Host names, and networks, of the setting; both separated by commas or spaces."""
    hosts, networks = set(), []
    for item in re.split(r"[,\s]+", text.strip().lower()):
        try:
            networks.append(ipaddress.ip_network(item))
        except ValueError:
            hosts.add(item)
    return frozenset(hosts - {""}), tuple(networks)


def _in_networks(host: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)
