"""Who is really asking, behind a known number of proxies (X-Forwarded-For, -Proto, -Host; Client-Cert of RFC 9440).

Every proxy of ours appends one entry, so with N of them the N-th entry from the right was written by the outermost,
and whatever stands further left was written by the caller. With fewer than N entries the request has not come the
whole way, and nothing is believed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

CERTIFICATE = "client-cert"
#: What only a proxy may say: none of it reaches the application as a header.
NAMES = frozenset({"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", CERTIFICATE, "client-cert-chain"})
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Origin:
    """What the outermost trusted proxy saw; None where it did not say, or said nonsense."""

    address: str | None
    scheme: str | None
    host: str | None
    certificate: str | None = None  # of the client, as the field has it


def origin(headers: Sequence[tuple[str, str]], *, hops: int) -> Origin:
    """Read the headers from (lower-case name, value) pairs as they came, one pair for each line."""
    scheme = _entry(headers, "x-forwarded-proto", hops)
    host = _entry(headers, "x-forwarded-host", hops)
    address = _address(_entry(headers, "x-forwarded-for", hops))
    certificates = [value for name, value in headers if name == CERTIFICATE]
    return Origin(
        address=address,
        scheme=scheme.lower() if scheme.lower() in {"http", "https"} else None,
        host=host if _HOST.fullmatch(host) else None,
        # Two lines of it: a caller's was left beside the proxy's.
        certificate=certificates[0] if address is not None and len(certificates) == 1 else None,
    )


def _entry(headers: Sequence[tuple[str, str]], name: str, hops: int) -> str:
    entries = ",".join(value for header, value in headers if header == name).split(",")
    return entries[-hops].strip() if len(entries) >= hops else ""


def _address(text: str) -> str | None:
    """An IP address without the port that some proxies add."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
