"""The credential of a request: the Authorization header (RFC 6750 section 2.1), and no other place."""

import ipaddress
import re

LONGEST = 8192
# The scheme in any case, then spaces only: a tab is no separator (RFC 9110 section 11.4).
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


class NotUnderstood(Exception):
    """There is a header, and no token can be read from it. `bearer` tells whether it is of our scheme at all."""

    def __init__(self, *, bearer: bool) -> None:
        super().__init__()
        self.bearer = bearer


def token_of(header: str | None) -> str | None:
    """The token of an Authorization header; None when the request has no such header. Raises NotUnderstood."""
    if header is None:
        return None
    match = _BEARER.fullmatch(header) if len(header) <= LONGEST else None
    if match is None:
        raise NotUnderstood(bearer=header[:6].lower() == "bearer")
    return match[1]


def address_of(peer: str | None) -> str | None:
    """The caller's IP address as rules name it: an IPv4 address also where the socket speaks IPv6."""
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
