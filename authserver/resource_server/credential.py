"""The credential of a request: the Authorization header (RFC 6750 section 2.1), and no other place."""

import ipaddress
import re
from dataclasses import dataclass, field

LONGEST = 8192
# The scheme in any case, then spaces only: a tab is no separator (RFC 9110 section 11.4).
_TOKEN = re.compile(r"(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Credential:
    """As it was sent. `scheme`: `bearer`, or `dpop` for a token with a proof beside it (RFC 9449 section 7.1)."""

    token: str = field(repr=False)
    scheme: str


class NotUnderstood(Exception):
    """There is a header, and no token can be read from it. `bearer` tells whether it is of our scheme at all."""

    def __init__(self, *, bearer: bool) -> None:
        super().__init__()
        self.bearer = bearer


def read(header: str | None, *, proof: bool = False) -> Credential | None:
    """What an Authorization header holds; None when the request has no such header. Raises NotUnderstood.

    `proof`: whether a DPoP proof has come with it, without which its scheme is not ours.
    """
    if header is None:
        return None
    match = _TOKEN.fullmatch(header) if len(header) <= LONGEST else None
    if match is None or (match[1].lower() == "dpop" and not proof):
        raise NotUnderstood(bearer=header[:6].lower() == "bearer")
    return Credential(match[2], match[1].lower())


def address_of(peer: str | None) -> str | None:
    """The caller's IP address as rules name it: an IPv4 address also where the socket speaks IPv6."""
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
