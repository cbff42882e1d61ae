"""Exchanging tokens (RFC 8693): what a client may exchange, and who may act with the tokens that it is issued.

`token_exchange` is set by administrators: {"subject_clients": [client_id...], "audiences": [URL...], "impersonation":
false}. `may_act` goes into the access tokens of the client: {"client_id": ...} or {"sub": ...} or both.
"""

from collections.abc import Mapping
from typing import Any

from authserver.oauth.client_members.reading import flag, strings
from authserver.oauth.errors import InvalidClientMetadataError

POLICY, MAY_ACT = "token_exchange", "may_act"
LONGEST = 500


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """The policy, whole, and who may act."""
    details: dict[str, Any] = {}
    if document.get(POLICY):
        details[POLICY] = _policy(document[POLICY])
    if document.get(MAY_ACT):
        details[MAY_ACT] = _may_act(document[MAY_ACT])
    return details


def _policy(stated: Any) -> dict[str, Any]:
    if not isinstance(stated, dict) or not stated.keys() <= {"subject_clients", "audiences", "impersonation"}:
        raise InvalidClientMetadataError(
            f"{POLICY} must be an object with subject_clients, and at most audiences and impersonation beside."
        )
    clients, audiences = strings(stated, "subject_clients", ()), strings(stated, "audiences", ())
    if not clients or not all(0 < len(name) <= LONGEST for name in (*clients, *audiences)):
        raise InvalidClientMetadataError(f"{POLICY} must name at least one of subject_clients, each by its client_id.")
    return {
        "subject_clients": list(clients),
        "audiences": list(audiences),
        "impersonation": flag(stated, "impersonation", False),
    }


def _may_act(stated: Any) -> dict[str, str]:
    if not isinstance(stated, dict) or not stated.keys() <= {"sub", "client_id"}:
        raise InvalidClientMetadataError(f"{MAY_ACT} must be an object with client_id, sub or both.")
    if not all(isinstance(value, str) and 0 < len(value) <= LONGEST for value in stated.values()):
        raise InvalidClientMetadataError(f"{MAY_ACT} must name them as strings.")
    return dict(stated)
