"""Client authentication (RFC 6749 section 2.3): client_secret_basic, client_secret_post, none."""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from authserver.models import client_secrets
from authserver.models.callers import Caller
from authserver.models.clients import Client
from authserver.oauth.errors import ClientAuthenticationError, InvalidRequestError
from authserver.oauth.request import Parameters

METHODS = ("client_secret_basic", "client_secret_post", "none")
LONGEST_BASIC = 4096
_TWO_METHODS = "The request uses two methods of client authentication."
_BASIC = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client says of itself, not yet believed."""

    method: str
    client_id: str
    secret: str = field(repr=False)


def present(headers: Mapping[str, str], parameters: Parameters) -> Presented:
    """Read the one method that the request uses.

    Raises invalid_request for two at once (RFC 6749 section 2.3), invalid_client for none or a malformed header (CA1).
    """
    authorization = headers.get("authorization")
    client_id, secret = parameters.first("client_id"), parameters.first("client_secret")
    if authorization is not None:
        return _basic(authorization, client_id, secret, assertion="client_assertion" in parameters)
    if secret is not None and "client_assertion" in parameters:
        raise InvalidRequestError(_TWO_METHODS)
    if "client_assertion" in parameters or client_id is None:
        raise ClientAuthenticationError()
    if secret is not None:
        return Presented("client_secret_post", client_id, secret)
    return Presented("none", client_id, "")


def authenticate(presented: Presented) -> Client:
    """The client, by one hot read. Raises invalid_client."""
    client = client_secrets.admitted(presented.client_id, presented.secret, method=presented.method)
    if client is None:
        raise ClientAuthenticationError()
    return client


def admit(caller: Caller | None, presented: Presented) -> Caller:
    """The caller of an introspection look-up, if it proved itself. Raises invalid_client, also for a public client."""
    if caller is None or caller.disabled_at is not None or caller.secret_id is None:
        raise ClientAuthenticationError()
    if caller.token_endpoint_auth_method != presented.method or presented.method == "none":
        raise ClientAuthenticationError()
    return caller


def _basic(authorization: str, client_id: str | None, secret: str | None, *, assertion: bool) -> Presented:
    if secret is not None or assertion:
        raise InvalidRequestError(_TWO_METHODS)
    match = _BASIC.fullmatch(authorization) if len(authorization) <= LONGEST_BASIC else None
    if match is None:
        raise ClientAuthenticationError()
    try:
        name, colon, password = b64decode(match[1], validate=True).partition(b":")
        user, key = _decoded(name), _decoded(password)
    except (binascii.Error, ValueError):
        raise ClientAuthenticationError() from None
    if not colon or not user or "\0" in user + key:
        raise ClientAuthenticationError()
    if client_id is not None and client_id != user:
        raise InvalidRequestError("client_id differs from the user of the Authorization header.")
    return Presented("client_secret_basic", user, key)


def _decoded(encoded: bytes) -> str:
    # RFC 6749 section 2.3.1: both halves are form-urlencoded, so `+` is a space (CA2).
    return unquote_to_bytes(encoded.replace(b"+", b" ")).decode("utf-8")
