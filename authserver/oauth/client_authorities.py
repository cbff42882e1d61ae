"""Who may certify clients for tls_client_auth (RFC 8705 section 2.1): the authorities of the setting `client_ca`.

A proxy that also lets self-signed certificates through has not said that this one is good. With the setting this server
looks itself; without it, the proxy must have looked.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from authserver import clock
from authserver.oauth.client_certificate import Certificate

_PURPOSES = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)


@dataclass(frozen=True, slots=True)
class Authorities:
    """Trust anchors, intermediate ones among them; None: the proxy has looked."""

    anchors: Store | None = field(repr=False)

    def vouch(self, certificate: Certificate) -> bool:
        """Whether one of them has issued it, for clients, and it is good now."""
        if self.anchors is None:
            return True
        found = x509.load_der_x509_certificate(certificate.der)
        # What stands in it beside its names is the affair of its authority: clients are not web sites.
        policy = PolicyBuilder().store(self.anchors).time(datetime.fromtimestamp(clock.now(), UTC))
        policy = policy.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        try:
            policy.build_client_verifier().verify(found, [])
        except VerificationError:
            return False
        return _is_for_clients(found)


def read(file: Path | None) -> Authorities:
    """Those of a PEM file, which the settings have looked at."""
    return Authorities(None if file is None else Store(x509.load_pem_x509_certificates(file.read_bytes())))


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return any(purpose in purposes for purpose in _PURPOSES)
