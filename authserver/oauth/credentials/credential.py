"""What a kind of credential must answer, and what introspection asks of it."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from authserver.keyring.keyring import Keyring
from authserver.models.callers import Caller
from authserver.models.clients import Client

#: The caller, and the claims of the credential or None. None as a whole: not even looked up.
Found = tuple[Caller | None, dict[str, Any] | None] | None


@dataclass(frozen=True, slots=True)
class Verifier:
    """What it takes to know our own signed tokens again."""

    issuer: str
    keyring: Keyring


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks (not yet believed), and from which address the credential came."""

    caller_id: str
    secret: str = field(repr=False)
    address: str | None
    verifier: Verifier

    def identity(self) -> dict[str, str]:
        """The caller's part of a look-up."""
        return {"client_id": self.caller_id, "secret": self.secret}


class Credential(Protocol):
    """One file of `credentials/`."""

    def recognises(self, token: str) -> bool:
        """Whether a string has the shape of this kind. No database."""
        ...

    def introspect(self, token: str, question: Question) -> Found:
        """Caller and claims, by one hot read; None when the string cannot be good and no read was needed."""
        ...

    def revoke(self, token: str, client: Client, verifier: Verifier) -> None:
        """End it (RFC 7009), if it is there. Raises invalid_grant when it belongs to another client."""
        ...


def audience_for(audience: tuple[str, ...], *, caller: Caller, issuer: str) -> list[str] | None:
    """`aud` as this resource server sees it; None when a bound credential is not for it (IN4)."""
    if audience:
        return list(audience) if caller.audience in audience else None
    return [issuer] if caller.audience is None else [issuer, caller.audience]
