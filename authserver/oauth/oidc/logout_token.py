"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.4).

Made when one is sent, not when the session ends: `iat` and `exp` are true, whenever the application can be reached.
"""

from typing import Any

from authserver import clock, opaque
from authserver.models import clients, users
from authserver.models.logouts import BACK, Logout
from authserver.oauth.errors import InvalidRequestError
from authserver.oauth.oidc.subject import session_of, subject_of
from authserver.oauth.sealing import Sealer
from authserver.outbox.logouts import Letter, Unwritable

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = 120  # seconds, as section 4 recommends at most


def write(logout: Logout, *, issuer: str, sealer: Sealer) -> Letter | None:
    """Tell an application that a session is over. None when it is no more, or no longer wants to know.

    Signed and encrypted as its ID tokens are. Raises Unwritable when its key is not to be had.
    """
    client = clients.find(logout.client_id)
    uri = client.details.get(BACK) if client is not None and client.enabled else None
    if client is None or not uri:
        return None
    now, user = clock.now(), users.find(logout.user_id)
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": client.client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": opaque.identifier("lt"),
        "events": {EVENT: {}},
        "sid": session_of(logout.sid, client),
    }
    if user is not None:
        claims["sub"] = subject_of(user, client)
    alg = client.id_token_signed_response_alg
    try:
        return Letter(uri, sealer.seal(claims, client, answer="id_token", typ=TYP, alg=alg))
    except InvalidRequestError as error:
        raise Unwritable(error.description) from None
