"""How a client asks for authorization: pushed (RFC 9126 section 6), in request objects (RFC 9101 section 10.5)."""

from collections.abc import Mapping
from typing import Any

from authserver.oauth.client_members.reading import asked_uri, choice, flag, strings
from authserver.oauth.errors import InvalidClientMetadataError
from authserver.oauth.request_object import MUST_SIGN, NONE, SIGNATURES

MUST_PUSH = "require_pushed_authorization_requests"
FLAGS = (MUST_PUSH, MUST_SIGN)
#: With any of these a client asks for more than an unsigned request can give (FAPI 2.0).
_STRICT = (*FLAGS, "dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens")


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a client is held to, how it signs, and where its request objects may stand."""
    details: dict[str, Any] = {name: True for name in FLAGS if flag(document, name, False)}
    if document.get("request_object_signing_alg") is not None:
        details["request_object_signing_alg"] = choice(document, "request_object_signing_alg", SIGNATURES, "")
    if uris := strings(document, "request_uris", ()):
        details["request_uris"] = [_uri(uri) for uri in uris]
    _check_whole(details, document)
    return details


def _uri(uri: str) -> str:
    """Where a request object is kept; the fragment is a hash of it (OpenID Connect Core section 6.2)."""
    asked_uri(uri.partition("#")[0], "request_uris")
    if len(uri) > 512 or not uri.isascii() or not uri.isprintable():
        raise InvalidClientMetadataError("request_uris must be URLs of at most 512 characters.")
    return uri


def _check_whole(details: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    alg = details.get("request_object_signing_alg")
    if alg == NONE and (strict := [name for name in _STRICT if document.get(name)]):
        raise InvalidClientMetadataError(f"request_object_signing_alg: none does not go with {strict[0]}.")
    must_sign = details.get(MUST_SIGN) or alg not in {None, NONE}
    if must_sign and document.get("jwks") is None and document.get("jwks_uri") is None:
        raise InvalidClientMetadataError("Signed request objects need a key: register jwks or jwks_uri.")
