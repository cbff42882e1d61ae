"""The UserInfo endpoint (OpenID Connect Core section 5.3)."""

from typing import Any

from authserver.models import clients, grants, users
from authserver.models.clients import Client
from authserver.oauth import bearer, binding
from authserver.oauth.answer import NO_STORE, Answer, json_answer
from authserver.oauth.errors import Cause, InsufficientScopeError, InvalidTokenError
from authserver.oauth.oidc import requested_claims
from authserver.oauth.oidc.claims import claims_of
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint

JWT = ("Content-Type", "application/jwt")


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """The claims that the token's scopes allow, in the form that the client is registered for."""
    token, standing, proof = bearer.authenticated(request, server.verifier)
    scope = tuple(token.scope.split())
    if "openid" not in scope:
        raise InsufficientScopeError("openid")
    user = users.find(standing.user_id) if standing.user_id else None
    client = clients.find(token.client_id)
    if user is None or client is None:
        raise InvalidTokenError("The access token belongs to no user.", Cause("token_of_no_user", "Token"))
    grant = grants.find(token.grant_id)
    requested = requested_claims.of_grant(grant, requested_claims.USERINFO, scope) if grant is not None else ()
    # The `sub` of the token, so that it is that of the ID token beside it (section 5.3.2).
    answer = _told(claims_of(user, scope, sub=token.sub, requested=requested), client, server)
    binding.spend_at_door(proof)  # the first write, after all that is slow
    return answer


def _told(claims: dict[str, Any], client: Client, server: AuthorizationServer) -> Answer:
    alg = client.details.get("userinfo_signed_response_alg")
    if alg is None and "userinfo_encrypted_response_alg" not in client.details:
        return json_answer(claims)
    if alg is not None:  # section 5.3.2: SHOULD contain iss and aud
        claims = {**claims, "iss": server.settings.issuer, "aud": client.client_id}
    sealed = server.sealer.seal(claims, client, answer="userinfo", typ="JWT", alg=alg)
    return Answer(200, (JWT, *NO_STORE), sealed.encode())


ENDPOINT = Endpoint("userinfo_endpoint", "/userinfo", ("GET", "POST"), respond, cors="registered", traced="refusals")
