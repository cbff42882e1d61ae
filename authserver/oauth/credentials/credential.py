"""What a kind of credential must answer, and what introspection asks of it."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from authserver.keyring.keyring import Keyring
from authserver.models.callers import Caller
from authserver.models.clients import Client
from authserver.models.tiers import Tier
from authserver.oauth.errors import Cause, InvalidGrantError

CHECK = "Token"


@dataclass(frozen=True, slots=True)
class Good:
    """A credential that is good for the caller: its claims, and whose tier it spends (decision 28)."""

    claims: dict[str, Any]
    account: str
    tier: Tier
    audience: tuple[str, ...]  # that it is bound to; empty: unbound
    email: str | None  # of the account: for our own doors, never in an answer of /introspect (IN7)
    grant_id: str | None = None
    announced: bool = False  # whether the revocation feed tells of every end that is not its `exp`


@dataclass(frozen=True, slots=True)
class Dead:
    """A credential that is ours and not good for the caller, or not any more: no guess (IN13)."""


DEAD = Dead()
#: The caller, and what the credential is to it; None when there never was one. None as a whole: not even looked up.
Found = tuple[Caller | None, Good | Dead | None] | None


@dataclass(frozen=True, slots=True)
class Verifier:
    """What it takes to know our own signed tokens again, and the sessions that some of them live with."""

    issuer: str
    keyring: Keyring
    session_tokens: bool  # whether there are any
    session_idle_ttl: int


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks (not yet believed; None: a door of our own), and from which address the credential came."""

    caller_id: str | None
    secret: str = field(repr=False)
    address: str | None
    verifier: Verifier

    def identity(self) -> dict[str, Any]:
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


class Unrecognised:
    """A string without the shape of any kind."""

    def recognises(self, token: str) -> bool:
        return True

    def introspect(self, token: str, question: Question) -> Found:
        return None

    def revoke(self, token: str, client: Client, verifier: Verifier) -> None:
        """There is nothing to end."""


def foreign() -> InvalidGrantError:
    """Who wants to revoke it is not the client that it was issued to."""
    return InvalidGrantError("The token was issued to another client.", Cause("token_of_another_client", CHECK))


def account_of(*, user_id: str | None, client_id: str = "") -> str:
    """Who is counted: the user, or a client that acts for itself."""
    return f"user:{user_id}" if user_id is not None else f"client:{client_id}"


def audience_for(audience: tuple[str, ...], *, caller: Caller, issuer: str) -> list[str] | None:
    """`aud` as this resource server sees it; None when a bound credential is not for it (IN4)."""
    if audience:
        return list(audience) if caller.audience in audience or caller.is_ours else None
    return [issuer] if caller.audience is None else [issuer, caller.audience]
