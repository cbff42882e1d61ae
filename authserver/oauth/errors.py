"""Errors of the protocol: a public text for the client, apart from the private cause for the owner.

What each code means, and which cases it has, stands in `catalogue`.
"""

import re
from typing import Any

from authlib.oauth2.base import OAuth2Error

from authserver.traces import Cause

__all__ = [
    "AccessDeniedError",
    "AuthorizationPendingError",
    "BearerRequestError",
    "Cause",
    "ClientAuthenticationError",
    "ConsentRequiredError",
    "ExpiredTokenError",
    "InsufficientScopeError",
    "InvalidClientMetadataError",
    "InvalidGrantError",
    "InvalidRedirectUriError",
    "InvalidRequestError",
    "InvalidScopeError",
    "InvalidTargetError",
    "InvalidTokenError",
    "LoginRequiredError",
    "MissingTokenError",
    "NotForHereError",
    "OAuth2Error",
    "PollingTooFastError",
    "Refusal",
    "RequestNotSupportedError",
    "RequestUriNotSupportedError",
    "SlowDownError",
    "UnauthorizedClientError",
    "UnsupportedGrantTypeError",
    "UnsupportedResponseTypeError",
    "UnsupportedTokenTypeError",
    "cause_of",
    "printable",
]


class Refusal(OAuth2Error):
    """The base of all that are raised here: what the client is told, and beside it why, for the owner only.

    `client_id`: who had authenticated by then, where that was not noted on the way.
    """

    client_id: str | None = None

    def __init__(self, description: str | None = None, cause: Cause | None = None) -> None:
        super().__init__(description)
        self.cause = cause


class InvalidRequestError(Refusal):
    """RFC 6749 section 5.2: a parameter is missing, malformed or repeated."""

    error = "invalid_request"


class InvalidGrantError(Refusal):
    """RFC 6749 section 5.2: the code or refresh token is not good, or not this client's."""

    error = "invalid_grant"


class InvalidScopeError(Refusal):
    """RFC 6749 section 5.2: unknown, malformed, or more than was granted."""

    error = "invalid_scope"


class UnauthorizedClientError(Refusal):
    """RFC 6749 section 5.2: the client is not registered for this."""

    error = "unauthorized_client"


class AccessDeniedError(Refusal):
    """RFC 6749 section 4.1.2.1: the person said no."""

    error = "access_denied"


class ClientAuthenticationError(Refusal):
    """RFC 6749 section 5.2, `invalid_client`: one text for an unknown client and for a wrong secret (CA4)."""

    error = "invalid_client"
    status_code = 401

    def __init__(self, cause: Cause | None = None) -> None:
        super().__init__("Client authentication failed.", cause)

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", 'Basic realm="authserver", charset="UTF-8"')]


class UnsupportedGrantTypeError(Refusal):
    """RFC 6749 section 5.2."""

    error = "unsupported_grant_type"


class UnsupportedResponseTypeError(Refusal):
    """RFC 6749 section 4.1.2.1."""

    error = "unsupported_response_type"


class UnsupportedTokenTypeError(Refusal):
    """RFC 7009 section 2.2.1."""

    error = "unsupported_token_type"


class InvalidTargetError(Refusal):
    """RFC 8707 section 2: an unknown resource, or one that was not asked for before."""

    error = "invalid_target"


class AuthorizationPendingError(Refusal):
    """RFC 8628 section 3.5: the person has not answered yet."""

    error = "authorization_pending"


class PollingTooFastError(Refusal):
    """RFC 8628 section 3.5: the device asks more often than it may."""

    error = "slow_down"


class ExpiredTokenError(Refusal):
    """RFC 8628 section 3.5: nobody has answered in time."""

    error = "expired_token"


class LoginRequiredError(Refusal):
    """OpenID Connect Core section 3.1.2.6."""

    error = "login_required"


class ConsentRequiredError(Refusal):
    """OpenID Connect Core section 3.1.2.6."""

    error = "consent_required"


class RequestNotSupportedError(Refusal):
    """OpenID Connect Core section 3.1.2.6."""

    error = "request_not_supported"


class RequestUriNotSupportedError(Refusal):
    """OpenID Connect Core section 3.1.2.6."""

    error = "request_uri_not_supported"


class InvalidRedirectUriError(Refusal):
    """RFC 7591 section 3.2.2."""

    error = "invalid_redirect_uri"


class InvalidClientMetadataError(Refusal):
    """RFC 7591 section 3.2.2."""

    error = "invalid_client_metadata"


class InvalidTokenError(Refusal):
    """RFC 6750 section 3.1: the access token is not good here."""

    error = "invalid_token"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", _bearer(self.error, self.description))]


class BearerRequestError(InvalidRequestError):
    """RFC 6750 section 3.1, `invalid_request`: a malformed way to present a token."""

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", _bearer(self.error, self.description))]


class MissingTokenError(Refusal):
    """RFC 6750 section 3.1: no credentials, so no error code in the challenge."""

    error = "invalid_token"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", 'Bearer realm="authserver"')]


class InsufficientScopeError(Refusal):
    """RFC 6750 section 3.1: a good token without the scope that is needed."""

    error = "insufficient_scope"
    status_code = 403

    def __init__(self, missing: str, *, required: str | None = None) -> None:
        cause = Cause("scope_missing", "Scope of the token", expected=required or missing)
        super().__init__(f"The token lacks the scope {missing}.", cause)
        self.scope = required or missing  # what the request needs in all

    def get_headers(self) -> list[tuple[str, str]]:
        challenge = f'{_bearer(self.error, self.description)}, scope="{self.scope}"'
        return [*super().get_headers(), ("WWW-Authenticate", challenge)]


class NotForHereError(Refusal):
    """RFC 6750 section 3.1: a good token that is meant for another environment or another audience."""

    error = "insufficient_scope"
    status_code = 403

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", _bearer(self.error, self.description))]


class SlowDownError(Refusal):
    """Too many failures: try again after `wait` seconds."""

    error = "slow_down"
    status_code = 429

    def __init__(self, wait: int, cause: Cause | None = None) -> None:
        super().__init__(f"Too many failed attempts. Try again in {wait} seconds.", cause)
        self.wait = wait

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", str(self.wait))]


def cause_of(error: OAuth2Error) -> Cause | None:
    """Why, if that is known: Authlib's own errors carry none."""
    cause: Cause | None = getattr(error, "cause", None)
    return cause


def printable(text: Any, limit: int = 200) -> str:
    """A value as it may stand in `error_description` (XS3): forbidden characters become `?`, long values are cut."""
    shown = re.sub(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]", "?", str(text))
    return shown if len(shown) <= limit else f"{shown[:limit]}..."


def _bearer(error: str, description: str) -> str:
    return f'Bearer realm="authserver", error="{error}", error_description="{description}"'
