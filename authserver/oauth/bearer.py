"""Bearer tokens at our own endpoints (RFC 6750)."""

import re

from authserver.models.access_tokens import AccessToken, Standing
from authserver.oauth import dead_token
from authserver.oauth.credentials.access_token import authenticate
from authserver.oauth.credentials.credential import CHECK, Verifier
from authserver.oauth.errors import BearerRequestError, Cause, InvalidTokenError, MissingTokenError
from authserver.oauth.request import FORM, Request
from authserver.traces import of_client, of_grant

# The scheme in any case, then spaces only: a tab is not a separator (RFC 9110 section 11.4).
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def token_of(request: Request) -> str:
    """The token in the header, or by POST in the form (RFC 6750 section 2.2); never in the query.

    Raises 401 without an error code when there is none, invalid_request for two (decision 45).
    """
    header = request.headers.get("authorization")
    inside = None
    if request.method == "POST" and request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        inside = request.form().first("access_token")
    if header is not None and inside is not None:
        raise BearerRequestError("The request carries two tokens.", Cause("two_credentials", CHECK))
    if inside is not None:
        return inside
    if header is None:
        raise MissingTokenError("Send an access token in the Authorization header.", Cause("token_missing", CHECK))
    token = token_in(header)
    if token is None:
        raise InvalidTokenError("The Authorization header holds no Bearer token.", Cause("no_bearer_token", CHECK))
    return token


def token_in(header: str) -> str | None:
    """The token of an Authorization header; None when it holds no Bearer token."""
    match = _BEARER.fullmatch(header)
    return match[1] if match else None


def authenticated(request: Request, verifier: Verifier) -> tuple[AccessToken, Standing]:
    """A good, unbound access token (decision 19) and what stands behind it. Raises invalid_token."""
    token = token_of(request)
    found = authenticate(token, verifier)
    if found is None or found[0].audience:
        says = "The access token is unknown, expired, revoked or meant for another server."
        raise InvalidTokenError(says, dead_token.why(token, verifier))
    of_client(found[0].client_id)
    of_grant(found[0].grant_id)
    return found
