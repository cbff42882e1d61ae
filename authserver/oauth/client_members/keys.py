"""Keys of a client, and how it proves itself by them (RFC 7591 section 2, RFC 7523, RFC 8705 section 2)."""

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urldefrag

from authserver.fetch import Failed, Fetcher, Refused
from authserver.oauth import client_assertion, client_certificate, client_jwt
from authserver.oauth.client_auth import MUTUAL_TLS
from authserver.oauth.client_jwt import BadToken
from authserver.oauth.client_members.reading import asked_uri, choice
from authserver.oauth.errors import InvalidClientMetadataError, printable

PKI, SELF_SIGNED = MUTUAL_TLS
#: Methods of client authentication that need keys of the client.
BY_KEY = (client_assertion.METHOD, SELF_SIGNED)
METHODS = (client_assertion.METHOD, *MUTUAL_TLS)
TOKEN_ENDPOINT = "token_endpoint"
AUDIENCES = ("issuer", TOKEN_ENDPOINT)
#: By which one name of its certificate a client is known.
NAMES = tuple(f"{PKI}_{kind}" for kind in ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email"))
LARGEST = 32_768  # characters of a JWK Set
_TEXTS = ("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "x5t", "x5t#S256")
_LISTS = ("x5c", "key_ops")


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """jwks or jwks_uri, and what belongs to private_key_jwt and mutual TLS."""
    method = document.get("token_endpoint_auth_method")
    details = _keys(document)
    if method in BY_KEY and not details:
        raise InvalidClientMetadataError(f"{method} needs jwks or jwks_uri.")
    if method == SELF_SIGNED and "jwks" in details and not any(key.get("x5c") for key in details["jwks"]["keys"]):
        raise InvalidClientMetadataError(f"{SELF_SIGNED} needs a key with its certificate in x5c.")
    if document.get("token_endpoint_auth_signing_alg") is not None:
        algorithms = tuple(client_jwt.ALGORITHMS)
        details["token_endpoint_auth_signing_alg"] = choice(document, "token_endpoint_auth_signing_alg", algorithms, "")
    if document.get("assertion_audience") is not None:
        details["assertion_audience"] = choice(document, "assertion_audience", AUDIENCES, "")
    return {**details, **_certificate_name(document, needed=method == PKI)}


#: Members that this server asks by itself one day.
ASKED = ("jwks_uri", "request_uris", "backchannel_logout_uri")


def check_reachable(details: Mapping[str, Any], fetcher: Fetcher | None) -> None:
    """Whether what the client has elsewhere may be asked from here (SF1). Raises invalid_client_metadata."""
    if fetcher is None:
        return
    for name in ASKED:
        registered = details.get(name) or ()
        for uri in (registered,) if isinstance(registered, str) else registered:
            _check_reachable(name, urldefrag(uri).url, fetcher)


def _check_reachable(name: str, uri: str, fetcher: Fetcher) -> None:
    try:
        fetcher.check(uri)
    except Refused as why:
        raise InvalidClientMetadataError(f"{name}: {printable(why)}") from None
    except Failed:
        return  # a name that cannot be resolved just now: it is looked at again whenever it is asked


def _keys(document: Mapping[str, Any]) -> dict[str, Any]:
    jwks, uri = document.get("jwks"), document.get("jwks_uri")
    if jwks is not None and uri is not None:
        raise InvalidClientMetadataError("jwks and jwks_uri exclude each other: give null for the one that goes.")
    if uri is not None:
        return {"jwks_uri": asked_uri(uri, "jwks_uri")}
    if jwks is None:
        return {}
    try:
        kept = {"keys": [_known_members(key) for key in client_jwt.check_set(jwks)]}
    except BadToken as why:
        raise InvalidClientMetadataError(f"jwks: {why}") from None
    if len(json.dumps(kept)) > LARGEST:
        raise InvalidClientMetadataError("jwks is too large.")
    return {"jwks": kept}


def _known_members(key: Mapping[str, Any]) -> dict[str, Any]:
    """A key as it is kept: nothing of which nobody knows what it is."""
    texts = {name: key[name] for name in _TEXTS if name in key}
    lists = {name: key[name] for name in _LISTS if name in key}
    if not all(isinstance(value, list) for value in lists.values()):
        raise BadToken("x5c and key_ops are lists.")
    items = [*texts.values(), *(item for value in lists.values() for item in value)]
    if not all(isinstance(item, str) and item.isascii() and item.isprintable() for item in items):
        raise BadToken("A member of a key is no printable string.")
    return {**texts, **lists}


def _certificate_name(document: Mapping[str, Any], *, needed: bool) -> dict[str, str]:
    """The one name of RFC 8705 section 2.1.2."""
    given = {name: document[name] for name in NAMES if document.get(name) is not None}
    if len(given) != needed:
        says = f"{PKI} needs exactly one of {', '.join(NAMES)}; other methods take none."
        raise InvalidClientMetadataError(says)
    for name, value in given.items():
        if not isinstance(value, str) or not _is_name(name, value):
            raise InvalidClientMetadataError(f"{name} is malformed.")
    return given


def _is_name(member: str, text: str) -> bool:
    if not 1 <= len(text) <= 500 or not text.isprintable():
        return False
    if member.endswith("subject_dn"):
        return client_certificate.distinguished_name(text) is not None
    if member.endswith("san_ip"):
        try:
            return ipaddress.ip_address(text) is not None
        except ValueError:
            return False
    return re.fullmatch(r"[\x21-\x7e]+", text) is not None
