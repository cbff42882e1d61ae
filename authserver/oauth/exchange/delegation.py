"""Who acts for whom: the claims `act` and `may_act` (RFC 8693 sections 4.1 and 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authserver.models.access_tokens import AccessToken
from authserver.oauth.errors import Cause, InvalidRequestError

CHECK = "Delegation"
MOST_ACTORS = 5


@dataclass(frozen=True, slots=True)
class Party:
    """Whoever is to act, by the claims that name it."""

    iss: str
    sub: str
    client_id: str

    def is_named_by(self, claims: Mapping[str, Any]) -> bool:
        """Whether all of these claims are its own: one that is not understood is not."""
        return bool(claims) and all(getattr(self, name, None) == value for name, value in claims.items())


def check_may_act(subject: AccessToken, party: Party) -> None:
    """Raises invalid_request when the subject token names somebody else who may act."""
    may_act = subject.claims.get("may_act")
    if may_act is None:
        return
    if not isinstance(may_act, dict) or not party.is_named_by(may_act):
        cause = Cause("may_act", CHECK, expected=str(may_act)[:200], received=f"{party.client_id} {party.sub}")
        raise InvalidRequestError("The subject token says that somebody else may act with it.", cause)


def act(party: Party, subject: AccessToken) -> dict[str, Any]:
    """The actor, and inside it those before: the outermost acts now, the others are for the record.

    Raises invalid_request for a chain that is too long.
    """
    before = subject.claims.get("act")
    if _length(before) >= MOST_ACTORS:
        cause = Cause("actors_too_many", CHECK, f"A token names at most {MOST_ACTORS} actors.")
        raise InvalidRequestError("The chain of actors is too long.", cause)
    now = {"sub": party.sub, "client_id": party.client_id}
    return now if before is None else {**now, "act": before}


def _length(chain: Any) -> int:
    length = 0
    while isinstance(chain, dict):
        length, chain = length + 1, chain.get("act")
    return length
