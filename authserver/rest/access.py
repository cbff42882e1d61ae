"""Who asks at `/v1`: a person, through an access token with the scope `manage` or `admin`, or a session token."""

from dataclasses import dataclass

from authserver.models import users
from authserver.models.users import User
from authserver.oauth import bearer, binding
from authserver.oauth.credentials.api_key import ApiKeyCredential
from authserver.oauth.credentials.credential import Good
from authserver.oauth.errors import InsufficientScopeError, InvalidTokenError, MissingTokenError
from authserver.oauth.introspection import recognised
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer

MANAGE, ADMIN = "manage", "admin"
TAKEN = ("access_token", "session_token")


@dataclass(frozen=True, slots=True)
class Principal:
    """The person who acts, with these scopes; `for_all` when the objects of others are theirs to manage too."""

    user: User
    scope: frozenset[str]
    for_all: bool

    def check_within(self, wanted: tuple[str, ...]) -> None:
        """Raises insufficient_scope when what is to be made would be wider than what makes it (AK4)."""
        if beyond := [name for name in wanted if name not in self.scope]:
            raise InsufficientScopeError(" ".join(beyond))


def authorized(request: Request, server: AuthorizationServer) -> Principal:
    """The person behind the token, and by its proof if it is bound. Raises invalid_token, insufficient_scope."""
    good = _presented(request, server)
    scope = frozenset(str(good.claims["scope"]).split())
    kind, _, user_id = good.account.partition(":")  # not `sub`, which may be pairwise
    user = users.find(user_id) if kind == "user" else None
    if user is None or not user.enabled:
        raise InvalidTokenError("The token belongs to no person.")
    # A session token is its owner's, whoever that is; only a token that was asked for it manages everything.
    for_all = ADMIN in scope and user.is_admin and good.claims["token_use"] == "access_token"
    if not for_all and MANAGE not in scope:
        raise InsufficientScopeError(MANAGE)
    return Principal(user, scope, for_all)


def _presented(request: Request, server: AuthorizationServer) -> Good:
    header = request.headers.get("authorization")
    if header is None:
        raise MissingTokenError("Send an access token or a session token in the Authorization header.")
    presented = bearer.presented_in(header)
    if presented is None:
        raise InvalidTokenError("The Authorization header holds no Bearer token.")
    if ApiKeyCredential().recognises(presented.token):  # whoever finds a key must not be able to make others of it
        raise InvalidTokenError("An API key cannot manage anything. Use an access token or a session token.")
    good = recognised(presented.token, verifier=server.verifier, address=None)
    if good is None or good.audience or good.claims["token_use"] not in TAKEN:
        raise InvalidTokenError("The token is unknown, expired, revoked or meant for another server.")
    binding.spend_at_door(bearer.proof_of(presented, good.claims, request, issuer=server.settings.issuer))
    return good
