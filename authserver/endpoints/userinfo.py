"""The UserInfo endpoint (OpenID Connect Core section 5.3)."""

from authserver.models import users
from authserver.oauth import bearer
from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.errors import Cause, InsufficientScopeError, InvalidTokenError
from authserver.oauth.oidc.claims import claims_of
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """The claims that the token's scopes allow."""
    token, standing = bearer.authenticated(request, server.verifier)
    scope = tuple(token.scope.split())
    if "openid" not in scope:
        raise InsufficientScopeError("openid")
    user = users.find(standing.user_id) if standing.user_id else None
    if user is None:
        raise InvalidTokenError("The access token belongs to no user.", Cause("token_of_no_user", "Token"))
    return json_answer(claims_of(user, scope))


ENDPOINT = Endpoint(
    "userinfo_endpoint", "/userinfo", ("GET", "POST"), respond, cors="registered", traced="refusals"
)
