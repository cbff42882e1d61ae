"""Client authentication (RFC 6749 section 2.3): what a request presents, and the methods by a secret or by none.

Those by a key of the client, with an assertion or a certificate, are proved in `client_proof`.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote_to_bytes

from authserver.models import client_secrets, clients
from authserver.models.callers import Caller
from authserver.models.clients import Client
from authserver.oauth import client_assertion, wrong_secrets
from authserver.oauth.client_jwt import BadToken, Unverified
from authserver.oauth.errors import (
    Cause,
    ClientAuthenticationError,
    InvalidRequestError,
    OAuth2Error,
    Refusal,
    SlowDownError,
)
from authserver.oauth.request import Parameters
from authserver.traces import of_client, passed

SECRETS = ("client_secret_basic", "client_secret_post")
METHODS = (*SECRETS, client_assertion.METHOD, "none")
MUTUAL_TLS = ("tls_client_auth", "self_signed_tls_client_auth")
LONGEST_BASIC = 4096
CHECK = "Client authentication"
_TWO_METHODS = "The request uses two methods of client authentication."
_MALFORMED = Cause("credentials_malformed", CHECK, "The Authorization header cannot be read (RFC 6749 section 2.3.1).")
_BASIC = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client says of itself, not yet believed."""

    method: str
    client_id: str
    secret: str = field(repr=False)
    assertion: Unverified | None = field(default=None, repr=False)


def methods(*, mutual_tls: bool) -> list[str]:
    """What metadata offers; mutual TLS only where a proxy in front can say what it has seen (RFC 8705)."""
    return [*METHODS, *MUTUAL_TLS] if mutual_tls else list(METHODS)


def present(headers: Mapping[str, str], parameters: Parameters) -> Presented:
    """Read the one method that the request uses.

    Raises invalid_request for two at once (RFC 6749 section 2.3), invalid_client for none or a malformed header (CA1).
    """
    authorization = headers.get("authorization")
    client_id, secret = parameters.first("client_id"), parameters.first("client_secret")
    if authorization is not None:
        return _basic(authorization, client_id, secret, assertion="client_assertion" in parameters)
    if secret is not None and "client_assertion" in parameters:
        raise InvalidRequestError(_TWO_METHODS, Cause("two_methods", CHECK, client_id=client_id))
    if (assertion := parameters.first("client_assertion")) is not None:
        return _assertion(assertion, parameters.first("client_assertion_type"), client_id)
    if client_id is None:
        raise ClientAuthenticationError(Cause("credentials_missing", CHECK, "The request names no client."))
    if secret is not None:
        return Presented("client_secret_post", client_id, secret)
    return Presented("none", client_id, "")


def claimed(headers: Mapping[str, str], parameters: Parameters) -> str | None:
    """The client that the request names, believed by nobody: for the trace of a request that fails before."""
    try:
        return present(headers, parameters).client_id
    except OAuth2Error:
        return None


def authenticate(presented: Presented, *, address: str) -> Client:
    """The client, by one hot read. Raises invalid_client, slow_down."""
    admitted = client_secrets.admitted(presented.client_id, presented.secret, method=presented.method)
    if admitted is None:
        raise _not_admitted(presented, address)
    client, secret_id = admitted
    of_client(client.client_id, proven=not client.public, secret_id=secret_id)
    passed(CHECK, presented.method)
    return client


def admit(caller: Caller | None, presented: Presented, *, proven: Client | None, address: str) -> Caller:
    """The caller of an introspection look-up, if it proved itself, by a secret in it or by its key before.

    Raises invalid_client, also for a public client, and slow_down.
    """
    if caller is None or caller.disabled_at is not None or not (caller.secret_id or proven):
        raise _not_admitted(presented, address)
    if proven is None and (caller.token_endpoint_auth_method != presented.method or presented.method == "none"):
        raise _not_admitted(presented, address)
    return caller


def _not_admitted(presented: Presented, address: str) -> Refusal:
    """Nothing is looked up of the client: an unknown one and a wrong secret take the same time (CA4)."""
    if presented.method in SECRETS and (wait := wrong_secrets.count(presented.client_id, address=address)):
        cause = Cause("too_many_wrong_secrets", CHECK, received=presented.method, client_id=presented.client_id)
        return SlowDownError(wait, cause)
    digest = str(client_secrets.presented(presented.client_id, presented.secret)["secret_digest"])
    explain = partial(_explained, presented.client_id, presented.method, digest)
    return ClientAuthenticationError(
        Cause("credentials_wrong", CHECK, received=presented.method, client_id=presented.client_id, later=explain)
    )


def _explained(client_id: str, method: str, digest: str) -> Cause:
    """Why these credentials were not admitted, looked up behind the request. What is kept of a secret is its digest."""
    client = clients.find(client_id)
    if client is None:
        return Cause("client_unknown", CHECK, "No application has this client_id.", received=client_id)
    if not client.enabled:
        return Cause("client_disabled", CHECK, "The application is disabled.", client_id=client_id)
    registered = client.token_endpoint_auth_method
    if registered in MUTUAL_TLS and method == "none":
        says = "No certificate has come: the proxy in front must ask for one, and set Client-Cert (RFC 9440)."
        return Cause("certificate_missing", CHECK, says, expected=registered, client_id=client_id)
    if registered != method:
        says = "The client authenticates by another method than it is registered for."
        return Cause("method_not_registered", CHECK, says, expected=registered, received=method, client_id=client_id)
    secret = client_secrets.recognised(client_id, digest)
    if secret is None:
        says = "This has never been a secret of the application."
        return Cause("secret_wrong", CHECK, says, received=method, client_id=client_id)
    ended = f"{datetime.fromtimestamp(secret.expires_at or secret.created_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    says = f"This is the retired secret that ends in {secret.hint}: it stopped working at {ended}."
    return Cause("secret_retired", CHECK, says, received=method, client_id=client_id)


def _basic(authorization: str, client_id: str | None, secret: str | None, *, assertion: bool) -> Presented:
    if secret is not None or assertion:
        raise InvalidRequestError(_TWO_METHODS, Cause("two_methods", CHECK, client_id=client_id))
    match = _BASIC.fullmatch(authorization) if len(authorization) <= LONGEST_BASIC else None
    if match is None:
        raise ClientAuthenticationError(_MALFORMED)
    try:
        name, colon, password = b64decode(match[1], validate=True).partition(b":")
        user, key = _decoded(name), _decoded(password)
    except (binascii.Error, ValueError):
        raise ClientAuthenticationError(_MALFORMED) from None
    if not colon or not user or "\0" in user + key:
        raise ClientAuthenticationError(_MALFORMED)
    if client_id is not None and client_id != user:
        cause = Cause("client_id_differs", CHECK, expected=user, received=client_id, client_id=user)
        raise InvalidRequestError("client_id differs from the user of the Authorization header.", cause)
    return Presented("client_secret_basic", user, key)


def _assertion(assertion: str, kind: str | None, client_id: str | None) -> Presented:
    """RFC 7521 section 4.2, RFC 7523 section 2.2."""
    if kind != client_assertion.TYPE:
        cause = Cause("assertion_type", CHECK, expected=client_assertion.TYPE, received=kind, client_id=client_id)
        raise ClientAuthenticationError(cause)
    try:
        unverified, named = client_assertion.claimed_client(assertion)
    except BadToken as why:
        raise ClientAuthenticationError(Cause("assertion_refused", CHECK, str(why), client_id=client_id)) from None
    if client_id not in {None, named}:
        says = "The client_id of the form is not the sub of the assertion."
        cause = Cause("assertion_refused", CHECK, says, expected=named, received=client_id, client_id=named)
        raise ClientAuthenticationError(cause)
    return Presented(client_assertion.METHOD, named, "", unverified)


def _decoded(encoded: bytes) -> str:
    # RFC 6749 section 2.3.1: both halves are form-urlencoded, so `+` is a space (CA2).
    return unquote_to_bytes(encoded.replace(b"+", b" ")).decode("utf-8")
