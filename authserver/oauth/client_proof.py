"""Clients that prove themselves by a key: private_key_jwt (RFC 7523) and mutual TLS (RFC 8705 section 2)."""

import binascii
import ipaddress
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

from authserver.models import clients, spent_ids, unit_of_work
from authserver.models.clients import Client
from authserver.oauth import client_assertion, client_certificate
from authserver.oauth.client_assertion import Assertion
from authserver.oauth.client_auth import CHECK, MUTUAL_TLS, Presented
from authserver.oauth.client_authorities import Authorities
from authserver.oauth.client_certificate import Certificate
from authserver.oauth.client_jwt import BadToken, Unverified
from authserver.oauth.client_keys import ClientKeys
from authserver.oauth.client_members import keys as members
from authserver.oauth.errors import Cause, ClientAuthenticationError
from authserver.oauth.request import Request
from authserver.traces import of_client, passed

SPENT = "client_assertion"
MOST = 4096  # requests that are remembered


@dataclass(frozen=True, slots=True)
class Proofs:
    """Judges what clients show of their keys. `token_endpoint`: what older clients name as audience."""

    issuer: str
    token_endpoint: str
    keys: ClientKeys
    authorities: Authorities
    _own: dict[str, str] = field(default_factory=dict)  # the jti that a request has spent, by the id of the request

    def client_of(self, presented: Presented, request: Request) -> Client | None:
        """The client, proven by its key; None when it shows none, so that another method decides.

        Raises invalid_client.
        """
        if presented.assertion is not None:
            return self._by_assertion(presented.client_id, presented.assertion, request)
        if request.certificate and presented.method == "none":
            return self._by_certificate(presented.client_id, request)
        return None

    def _by_assertion(self, client_id: str, unverified: Unverified, request: Request) -> Client:
        client = clients.find(client_id)
        if client is None:
            says = "No application has this client_id."
            raise ClientAuthenticationError(Cause("client_unknown", CHECK, says, received=client_id))
        if not client.enabled:
            cause = Cause("client_disabled", CHECK, "The application is disabled.", client_id=client_id)
            raise ClientAuthenticationError(cause)
        if (registered := client.token_endpoint_auth_method) != (used := client_assertion.METHOD):
            says = "The client authenticates by another method than it is registered for."
            cause = Cause("method_not_registered", CHECK, says, registered, used, client_id)
            raise ClientAuthenticationError(cause)
        try:
            believed = self._believed(client, unverified, request)
        except BadToken as why:
            raise ClientAuthenticationError(Cause("assertion_refused", CHECK, str(why), client_id=client_id)) from None
        if not self._spend(believed, request):
            says = "An assertion with this jti has been used before."
            raise ClientAuthenticationError(Cause("assertion_replayed", CHECK, says, client_id=client_id))
        return _proven(client)

    def _spend(self, believed: Assertion, request: Request) -> bool:
        """True for one request, also when it fails afterwards (decision 4, CA6), or is answered twice (long polls)."""
        until = believed.expires_at + client_assertion.LEEWAY
        if not spent_ids.spend(SPENT, maker=believed.client_id, jti=believed.jti, expires_at=until):
            return self._own.get(request.trace_id) == believed.jti
        unit_of_work.keep()  # what follows may be slow, and must not hold up everybody who writes (decision 2)
        if len(self._own) >= MOST:
            self._own.clear()
        self._own[request.trace_id] = believed.jti
        return True

    def _believed(self, client: Client, unverified: Unverified, request: Request) -> Assertion:
        client_assertion.check_alg(unverified, client.details.get("token_endpoint_auth_signing_alg"))
        lenient = client.details.get("assertion_audience") == members.TOKEN_ENDPOINT
        # Older clients name the token endpoint (RFC 7523 section 3) or the one that they ask (RFC 9126 section 2).
        others = (self.token_endpoint, self.issuer + request.path) if lenient else ()
        return client_assertion.verify(
            unverified,
            client_id=client.client_id,
            keys=self.keys.of(client, kid=unverified.header.get("kid")),
            audiences=(self.issuer, *others),
            lists=lenient,
        )

    def _by_certificate(self, client_id: str, request: Request) -> Client | None:
        client = clients.find(client_id)
        if client is None or not client.enabled or client.token_endpoint_auth_method not in MUTUAL_TLS:
            return None  # a public client may show one, to bind its tokens to (RFC 8705 section 4)
        try:
            certificate = client_certificate.presented(request)
            if certificate is None:
                raise BadToken("The Client-Cert of the proxy is no certificate as RFC 9440 writes it.")
            if client.token_endpoint_auth_method == members.PKI:
                _check_names(certificate, client.details)
                if not self.authorities.vouch(certificate):
                    raise BadToken("The certificate was not issued by an authority of this server, or is over.")
            elif not any(_is_of(certificate, key) for key in self.keys.of(client)):
                raise BadToken("The certificate is none of those in x5c of the registered keys.")
        except BadToken as why:
            raise ClientAuthenticationError(
                Cause("certificate_refused", CHECK, str(why), client_id=client_id)
            ) from None
        return _proven(client)


def _proven(client: Client) -> Client:
    of_client(client.client_id, proven=True)
    passed(CHECK, client.token_endpoint_auth_method)
    return client


def _check_names(certificate: Certificate, details: dict[str, Any]) -> None:
    """RFC 8705 section 2.1.2: the one name that is registered is among those of the certificate. Raises BadToken."""
    member = next(name for name in members.NAMES if name in details)
    wanted, found = details[member], certificate.names(member)
    if member == "tls_client_auth_subject_dn":
        wanted = client_certificate.distinguished_name(wanted)
    elif member == "tls_client_auth_san_ip":
        wanted = str(ipaddress.ip_address(wanted))
    elif member == "tls_client_auth_san_dns":
        wanted, found = wanted.lower(), tuple(str(name).lower() for name in found)
    if wanted not in found:
        raise BadToken(f"The certificate does not have the name that {member} says: {details[member]}.")


def _is_of(certificate: Certificate, jwk: dict[str, Any]) -> bool:
    """RFC 8705 section 2.2.2: the certificate of a key is the first of its x5c."""
    try:
        return b64decode(jwk["x5c"][0], validate=True) == certificate.der
    except (KeyError, IndexError, TypeError, binascii.Error):
        return False
