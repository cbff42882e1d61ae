"""The certificate that a client has shown to the proxy in front (RFC 9440), for mutual TLS (RFC 8705).

TLS ends at the proxy, which says in `Client-Cert` what it has seen. Whoever serves hands that over only when the
request has come through the proxies of the settings, and drops the field else: from a caller it would be worth nothing.
"""

import binascii
import re
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.x509.oid import NameOID

from authserver.oauth.request import Request

LONGEST = 16_384  # characters of the field
#: RFC 8941 section 3.3.5: a byte sequence.
_BYTES = re.compile(r" *:([A-Za-z0-9+/]*={0,2}): *")
_UNREADABLE = (ValueError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)
_NAMES = {"emailAddress": NameOID.EMAIL_ADDRESS, "E": NameOID.EMAIL_ADDRESS, "serialNumber": NameOID.SERIAL_NUMBER}


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate whose key the client holds. Names are those of its subject and its alternative names."""

    der: bytes = field(repr=False)
    x5t_s256: str  # base64url of its SHA-256, the `x5t#S256` of `cnf` (RFC 8705 section 3.1)
    subject: x509.Name
    dns: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    def names(self, member: str) -> tuple[object, ...]:
        """Its names of the kind that this member of client metadata speaks of (RFC 8705 section 2.1.2)."""
        kinds = {"san_dns": self.dns, "san_uri": self.uris, "san_ip": self.ips, "san_email": self.emails}
        return kinds.get(member.removeprefix("tls_client_auth_"), (self.subject,))


def presented(request: Request) -> Certificate | None:
    """The certificate of a request; None without one, also when the proxy's field cannot be read."""
    return _from_field(request.certificate) if request.certificate else None


def read(der: bytes) -> Certificate | None:
    """A certificate by its DER; None when it is none."""
    try:
        found = x509.load_der_x509_certificate(der)
        subject, names = found.subject, _alternative_names(found)
    except _UNREADABLE:
        return None
    return Certificate(
        der=der,
        x5t_s256=urlsafe_b64encode(sha256(der).digest()).rstrip(b"=").decode(),
        subject=subject,
        dns=tuple(names.get_values_for_type(x509.DNSName)),
        uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
        ips=tuple(str(address) for address in names.get_values_for_type(x509.IPAddress)),
        emails=tuple(names.get_values_for_type(x509.RFC822Name)),
    )


def distinguished_name(text: str) -> x509.Name | None:
    """A subject as RFC 4514 writes it; None when it is not one."""
    try:
        name = x509.Name.from_rfc4514_string(text, _NAMES)
    except ValueError:
        return None
    return name if name.rdns else None


@lru_cache(maxsize=1000)
def _from_field(value: str) -> Certificate | None:
    match = _BYTES.fullmatch(value) if len(value) <= LONGEST else None
    try:
        return read(b64decode(match[1], validate=True)) if match else None
    except binascii.Error:
        return None


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.SubjectAlternativeName([])
