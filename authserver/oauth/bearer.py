"""Access tokens at our own endpoints: by the scheme Bearer (RFC 6750), or DPoP with a proof (RFC 9449 section 7)."""

import re
from collections.abc import Mapping
from typing import Any

from authserver.models.access_tokens import AccessToken, Standing
from authserver.oauth import binding, dead_token
from authserver.oauth.binding import Presented
from authserver.oauth.credentials.access_token import authenticate
from authserver.oauth.credentials.credential import CHECK, Verifier
from authserver.oauth.dpop import Proof
from authserver.oauth.errors import BearerRequestError, Cause, InvalidTokenError, MissingTokenError
from authserver.oauth.request import FORM, Request
from authserver.traces import of_client, of_grant

# The scheme in any case, then spaces only: a tab is not a separator (RFC 9110 section 11.4).
_TOKEN = re.compile(r"(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def token_of(request: Request) -> Presented:
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
        return Presented(inside)
    if header is None:
        raise MissingTokenError("Send an access token in the Authorization header.", Cause("token_missing", CHECK))
    presented = presented_in(header)
    if presented is None:
        raise InvalidTokenError("The Authorization header holds no Bearer token.", Cause("no_bearer_token", CHECK))
    return presented


def presented_in(header: str) -> Presented | None:
    """The token of an Authorization header; None when it holds none."""
    match = _TOKEN.fullmatch(header)
    return Presented(match[2], match[1].lower()) if match else None


def token_in(header: str) -> str | None:
    """The same where only the scheme Bearer is taken."""
    presented = presented_in(header)
    return presented.token if presented is not None and presented.scheme == "bearer" else None


def authenticated(request: Request, verifier: Verifier) -> tuple[AccessToken, Standing, Proof | None]:
    """A good access token for this server (decision 19), what stands behind it, and its proof if it is bound to a key.

    The proof is to be spent when the answer is made: `binding.spend_at_door`. Raises invalid_token,
    invalid_dpop_proof, use_dpop_nonce.
    """
    presented = token_of(request)
    found = authenticate(presented.token, verifier)
    if found is None or found[0].audience:
        says = "The access token is unknown, expired, revoked or meant for another server."
        raise InvalidTokenError(says, dead_token.why(presented.token, verifier))
    token, standing = found
    of_client(token.client_id)
    of_grant(token.grant_id)
    return token, standing, proof_of(presented, token.claims, request, issuer=verifier.issuer)


def proof_of(presented: Presented, claims: Mapping[str, Any], request: Request, *, issuer: str) -> Proof | None:
    """The proof of a good token, still to be spent; None for one that needs none. Raises like `check_sender`."""
    cnf, url = claims.get("cnf", {}), issuer + request.path
    return binding.check_sender(presented, cnf, request, method=request.method, url=url)
