"""Step-up authentication (RFC 9470): what a door of ours demands of the sign-in behind a credential."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authserver import clock
from authserver.oauth import acr
from authserver.oauth.errors import Cause, InvalidRequestError, Refusal
from authserver.oauth.request import CHECK

AGE = "Age of the sign-in"
_LEVEL = re.compile(r"[!#-\[\]-~]+")


class InsufficientAuthenticationError(Refusal):
    """RFC 9470 section 3: the token is good, the sign-in behind it is not good enough."""

    error = "insufficient_user_authentication"
    status_code = 401

    def __init__(self, demanded: "Authentication", scheme: str, says: str, cause: Cause) -> None:
        super().__init__(says, cause)
        self.demanded = demanded
        self.scheme = scheme

    def get_headers(self) -> list[tuple[str, str]]:
        named = {"error": self.error, "error_description": self.description, **self.demanded.parameters()}
        stated = ", ".join(f'{name}="{value}"' for name, value in named.items())
        return [*super().get_headers(), ("WWW-Authenticate", f'{self.scheme} realm="authserver", {stated}')]


@dataclass(frozen=True, slots=True)
class Authentication:
    """One of these levels, best first, and not longer ago than so many seconds."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    def parameters(self) -> dict[str, str]:
        """As a new authorization request names it."""
        named = {"acr_values": " ".join(self.acr_values), "max_age": "" if self.max_age is None else str(self.max_age)}
        return {name: value for name, value in named.items() if value}

    def lacking(self, claims: Mapping[str, Any]) -> InsufficientAuthenticationError | None:
        """Why the sign-in behind a good credential is not good enough; a key has none behind it."""
        level, when, scheme = claims.get("acr"), claims.get("auth_time"), claims.get("token_type", "Bearer")
        if self.acr_values and level not in self.acr_values:
            cause = Cause("acr_insufficient", acr.CHECK, expected=" ".join(self.acr_values), received=level or "none")
            return InsufficientAuthenticationError(self, scheme, "A stronger sign-in is needed.", cause)
        age = None if when is None else clock.now() - when
        if self.max_age is not None and (age is None or age > self.max_age):
            expected, received = f"at most {self.max_age} s", "unknown" if age is None else f"{age} s"
            cause = Cause("sign_in_too_old_for_the_call", AGE, expected=expected, received=received)
            return InsufficientAuthenticationError(self, scheme, "A more recent sign-in is needed.", cause)
        return None


ANY_SIGN_IN = Authentication()


def demanded(acr_values: str | None, max_age: str | None) -> Authentication:
    """The demand in these parameters. Raises invalid_request."""
    levels = tuple((acr_values or "").split())
    if len(levels) > acr.MOST or any(len(name) > acr.LONGEST or not _LEVEL.fullmatch(name) for name in levels):
        raise InvalidRequestError("acr_values is malformed.", Cause("gateway_parameter", CHECK))
    if max_age is not None and not re.fullmatch(r"[0-9]{1,9}", max_age):
        cause = Cause("gateway_parameter", CHECK, received=f"max_age={max_age}")
        raise InvalidRequestError("max_age must be a number of seconds.", cause)
    return Authentication(levels, None if max_age is None else int(max_age))
