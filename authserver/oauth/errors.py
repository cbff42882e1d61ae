"""Errors of the protocol: a public text for the client, apart from the private cause for the owner.

Authlib has most of RFC 6749; here are the ones it lacks, and the bounds that make its texts safe to send.
"""

import re
from typing import Any

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749.errors import (
    AccessDeniedError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)

__all__ = [
    "AccessDeniedError",
    "BearerRequestError",
    "ClientAuthenticationError",
    "ConsentRequiredError",
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
    "RequestNotSupportedError",
    "RequestUriNotSupportedError",
    "SlowDownError",
    "UnauthorizedClientError",
    "UnsupportedGrantTypeError",
    "UnsupportedResponseTypeError",
    "UnsupportedTokenTypeError",
    "printable",
]


class ClientAuthenticationError(OAuth2Error):
    """RFC 6749 section 5.2, `invalid_client`: one text for an unknown client and for a wrong secret (CA4)."""

    error = "invalid_client"
    status_code = 401
    description = "Client authentication failed."

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", 'Basic realm="authserver", charset="UTF-8"')]


class UnsupportedGrantTypeError(OAuth2Error):
    """RFC 6749 section 5.2; Authlib's own repeats the raw value in its text."""

    error = "unsupported_grant_type"


class UnsupportedResponseTypeError(OAuth2Error):
    """RFC 6749 section 4.1.2.1."""

    error = "unsupported_response_type"


class UnsupportedTokenTypeError(OAuth2Error):
    """RFC 7009 section 2.2.1."""

    error = "unsupported_token_type"


class InvalidTargetError(OAuth2Error):
    """RFC 8707 section 2: an unknown resource, or one that was not asked for before."""

    error = "invalid_target"


class LoginRequiredError(OAuth2Error):
    """OpenID Connect Core section 3.1.2.6."""

    error = "login_required"


class ConsentRequiredError(OAuth2Error):
    """OpenID Connect Core section 3.1.2.6."""

    error = "consent_required"


class RequestNotSupportedError(OAuth2Error):
    """OpenID Connect Core section 3.1.2.6."""

    error = "request_not_supported"


class RequestUriNotSupportedError(OAuth2Error):
    """OpenID Connect Core section 3.1.2.6."""

    error = "request_uri_not_supported"


class InvalidRedirectUriError(OAuth2Error):
    """RFC 7591 section 3.2.2."""

    error = "invalid_redirect_uri"


class InvalidClientMetadataError(OAuth2Error):
    """RFC 7591 section 3.2.2."""

    error = "invalid_client_metadata"


class InvalidTokenError(OAuth2Error):
    """RFC 6750 section 3.1: the access token is not good here."""

    error = "invalid_token"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", _bearer(self.error, self.description))]


class BearerRequestError(InvalidRequestError):
    """RFC 6750 section 3.1, `invalid_request`: a malformed way to present a token."""

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", _bearer(self.error, self.description))]


class MissingTokenError(OAuth2Error):
    """RFC 6750 section 3.1: no credentials, so no error code in the challenge."""

    error = "invalid_token"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", 'Bearer realm="authserver"')]


class InsufficientScopeError(OAuth2Error):
    """RFC 6750 section 3.1: a good token without the scope that is needed."""

    error = "insufficient_scope"
    status_code = 403

    def __init__(self, missing: str, *, required: str | None = None) -> None:
        super().__init__(f"The token lacks the scope {missing}.")
        self.scope = required or missing  # what the request needs in all

    def get_headers(self) -> list[tuple[str, str]]:
        challenge = f'{_bearer(self.error, self.description)}, scope="{self.scope}"'
        return [*super().get_headers(), ("WWW-Authenticate", challenge)]


class NotForHereError(OAuth2Error):
    """RFC 6750 section 3.1: a good token that is meant for another environment or another audience."""

    error = "insufficient_scope"
    status_code = 403

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("WWW-Authenticate", _bearer(self.error, self.description))]


class SlowDownError(OAuth2Error):
    """Too many failures: try again after `wait` seconds."""

    error = "slow_down"
    status_code = 429

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many failed attempts. Try again in {wait} seconds.")
        self.wait = wait

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", str(self.wait))]


def printable(text: Any, limit: int = 200) -> str:
    """A value as it may stand in `error_description` (XS3): forbidden characters become `?`, long values are cut."""
    shown = re.sub(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]", "?", str(text))
    return shown if len(shown) <= limit else f"{shown[:limit]}..."


def _bearer(error: str, description: str) -> str:
    return f'Bearer realm="authserver", error="{error}", error_description="{description}"'
