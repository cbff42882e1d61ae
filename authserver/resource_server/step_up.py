"""Step-up authentication (RFC 9470): a good credential behind which the sign-in is too old or too weak."""

import re
from dataclasses import dataclass
from typing import Any

from authserver.resource_server.access import Access
from authserver.resource_server.refusals import Refusal

#: What may stand in a list of words inside a quoted-string.
_LEVEL = re.compile(r"[!#-\[\]-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Authentication:
    """What a view demands of the sign-in behind a credential.

    `acr_values`: one of these levels, best first, as the authorization server names them. `max_age`: not longer ago
    than so many seconds. An API key has no sign-in behind it, so it meets neither.
    """

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    def __post_init__(self) -> None:
        if bad := [value for value in self.acr_values if not isinstance(value, str) or not _LEVEL.fullmatch(value)]:
            raise ValueError(f"not an authentication level: {bad[0]!r}")
        if self.max_age is not None and self.max_age < 0:
            raise ValueError("max_age is 0 or more seconds")

    def check(self, access: Access, *, now: int) -> None:
        """Raises InsufficientAuthentication."""
        if self.acr_values and access.claims.get("acr") not in self.acr_values:
            raise InsufficientAuthentication(self, access, "A stronger sign-in is needed.")
        if self.max_age is not None and not _within(access.claims.get("auth_time"), self.max_age, now):
            raise InsufficientAuthentication(self, access, "A more recent sign-in is needed.")


class InsufficientAuthentication(Refusal):
    """401 although the credential is good (section 3): the client asks the authorization server for what is named."""

    error = "insufficient_user_authentication"

    def __init__(self, demanded: Authentication, access: Access, detail: str) -> None:
        self.demanded = demanded
        # The next token is presented in the same way.
        self.scheme = "DPoP" if access.token_type.lower() == "dpop" else "Bearer"
        super().__init__(detail, **self._named())

    def parameters(self) -> dict[str, str]:
        return {**super().parameters(), **self._named()}

    def _named(self) -> dict[str, str]:
        named = {} if self.demanded.max_age is None else {"max_age": str(self.demanded.max_age)}
        return {"acr_values": " ".join(self.demanded.acr_values), **named} if self.demanded.acr_values else named


def _within(when: Any, max_age: int, now: int) -> bool:
    return isinstance(when, int) and not isinstance(when, bool) and now - when <= max_age
