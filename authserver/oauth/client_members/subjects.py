"""Whom a client knows people as, and in what form it is told of them (OpenID Connect Registration 2, RFC 9701 6)."""

from collections.abc import Mapping
from typing import Any

from authserver.oauth import sealing
from authserver.oauth.client_jwt import BadToken, check_set
from authserver.oauth.client_members.reading import asked_uri, choice, strings
from authserver.oauth.errors import InvalidClientMetadataError
from authserver.oauth.oidc import subject
from authserver.settings import ASYMMETRIC_ALGORITHMS

#: Answers that can be signed by an algorithm of the client's choice; of ID tokens it is a column of its own.
SIGNED = ("userinfo", "introspection", "authorization")
ENCRYPTED = ("id_token", "userinfo", "introspection", "authorization")


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """subject_type, sector_identifier_uri, and the algorithms of answers."""
    details = _subject(document)
    for answer in SIGNED:
        name = f"{answer}_signed_response_alg"
        if document.get(name) is not None:  # never `none` (RFC 9701 section 6)
            details[name] = choice(document, name, ASYMMETRIC_ALGORITHMS, "")
    for answer in ENCRYPTED:
        details |= _encryption(document, answer)
    return details


def _subject(document: Mapping[str, Any]) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if document.get("subject_type") is not None:
        details["subject_type"] = choice(document, "subject_type", subject.TYPES, "")
    if document.get("sector_identifier_uri") is not None:
        # What stands there is looked at in `oauth.clients`: nothing is fetched while a document is read.
        details["sector_identifier_uri"] = asked_uri(document["sector_identifier_uri"], "sector_identifier_uri")
    elif details.get("subject_type") == subject.PAIRWISE and _hosts(document) > 1:
        # OpenID Connect Core section 8.1: MUST register a sector_identifier_uri.
        says = "Pairwise subjects with redirect URIs on several hosts need a sector_identifier_uri."
        raise InvalidClientMetadataError(says)
    return details


def _hosts(document: Mapping[str, Any]) -> int:
    return len(subject.hosts_of(strings(document, "redirect_uris", ())))


def _encryption(document: Mapping[str, Any], answer: str) -> dict[str, Any]:
    alg, enc = f"{answer}_encrypted_response_alg", f"{answer}_encrypted_response_enc"
    if document.get(alg) is None:
        if document.get(enc) is not None:
            raise InvalidClientMetadataError(f"{enc} needs {alg}.")
        return {}
    wanted = choice(document, alg, tuple(sealing.ALGORITHMS), "")
    _check_key(document, wanted, alg)
    details = {alg: wanted}
    if document.get(enc) is not None:
        details[enc] = choice(document, enc, sealing.ENCRYPTIONS, "")
    return details


def _check_key(document: Mapping[str, Any], alg: str, name: str) -> None:
    """Whether there can be a key; those at a jwks_uri are the client's to change, and are looked at when needed."""
    if document.get("jwks") is None:
        if document.get("jwks_uri") is None:
            raise InvalidClientMetadataError(f"{name} needs a key: register jwks or jwks_uri.")
        return
    try:
        sealing.usable(check_set(document["jwks"]), alg)
    except BadToken:
        raise InvalidClientMetadataError(f"{name}: none of the keys in jwks can be encrypted to by {alg}.") from None
