"""Certificates as clients show them, and the field in which a proxy hands them over (RFC 9440 section 2.1)."""

import ipaddress
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient
from joserfc.jwk import ECKey


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate and its public key."""

    der: bytes
    jwk: dict[str, object]

    @property
    def field(self) -> str:
        return f":{b64encode(self.der).decode()}:"

    @property
    def registered(self) -> dict[str, object]:
        """A JWK Set with it, for self_signed_tls_client_auth."""
        return {"keys": [{**self.jwk, "x5c": [b64encode(self.der).decode()]}]}


@dataclass(frozen=True, slots=True)
class Authority:
    """Who issues certificates."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def make_authority(subject: str = "CN=Authority", *, by: Authority | None = None) -> Authority:
    """A root, or one that another has certified."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string(subject)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = _begun(name, key, by).add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    if by is not None:
        known = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(known, False)
    return Authority(builder.sign(by.key if by else key, hashes.SHA256()), key)


def _begun(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, by: Authority | None, days: int = 1
) -> x509.CertificateBuilder:
    now, issuer = datetime.now(UTC), by.certificate.subject if by else name
    begins, ends = now - timedelta(days=10), now + timedelta(days=days)
    return x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number(), begins, ends)


def make_certificate(
    subject: str = "CN=app,O=Example,C=DE",
    *,
    by: Authority | None = None,
    days: int = 1,
    purpose: x509.ObjectIdentifier | None = None,
    dns: Iterable[str] = (),
    uris: Iterable[str] = (),
    ips: Iterable[str] = (),
    emails: Iterable[str] = (),
) -> Shown:
    """A new one, signed by itself if by nobody else: whether a chain is good is the proxy's question by default."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string(subject)
    names: list[x509.GeneralName] = [
        *map(x509.DNSName, dns),
        *map(x509.UniformResourceIdentifier, uris),
        *(x509.IPAddress(ipaddress.ip_address(text)) for text in ips),
        *map(x509.RFC822Name, emails),
    ]
    builder = _begun(name, key, by, days)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    der = builder.sign(by.key if by else key, hashes.SHA256()).public_bytes(Encoding.DER)
    return Shown(der, ECKey.import_key(key.public_key()).as_dict(private=False))


def make_odd(names: bytes) -> str:
    """The field of one whose alternative names are these bytes."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=odd")
    found = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), names)
    signed = _begun(name, key, None).add_extension(found, critical=False).sign(key, hashes.SHA256())
    return f":{b64encode(signed.public_bytes(Encoding.DER)).decode()}:"


def show(http: FlaskClient, certificate: Shown | str | None) -> None:
    """From now on this client's requests come through a trusted proxy that has seen this certificate."""
    field = certificate.field if isinstance(certificate, Shown) else certificate
    http.environ_base["authserver.client_certificate"] = field or ""
