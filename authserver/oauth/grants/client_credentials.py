"""Tokens for a client itself (RFC 6749 section 4.4)."""

from authserver import clock
from authserver.models import grants
from authserver.models.grants import Grant as GrantRow
from authserver.oauth import resources, scopes
from authserver.oauth.errors import Cause, InvalidScopeError, UnauthorizedClientError, printable
from authserver.oauth.grant import CHECK, Grant
from authserver.oauth.issuer import Minted, Order
from authserver.traces import passed


class ClientCredentialsGrant(Grant):
    """No user and no refresh token. All tokens of a client hang on one grant, so that they can be ended together."""

    GRANT_TYPE = "client_credentials"

    def validate(self) -> Order:
        client = self.oauth_client
        if client.public:
            cause = Cause("public_client", CHECK, "A public client has nothing that proves itself.")
            raise UnauthorizedClientError("client_credentials needs a client that authenticates.", cause)
        allowed = tuple(name for name in scopes.open_to(client) if name not in scopes.OPENID_SCOPES)
        asked = scopes.split(self.parameters.first("scope"))
        if beyond := [name for name in asked if name not in allowed]:
            says = f"The scope {printable(beyond[0], 60)} is not allowed for this client."
            raise InvalidScopeError(says, scopes.not_allowed(beyond[0], allowed))
        passed(scopes.CHECK)
        standing = grants.standing(client.client_id)
        self.new = standing is None
        return Order(
            client=client,
            grant=_grant_of(client.client_id, standing),
            user=None,
            scope=asked or allowed,
            audience=resources.check_known(self.parameters.every("resource")),
        )

    def consume(self, minted: Minted) -> None:
        if self.new:
            grants.open_once(minted.order.grant)
        minted.record()


def _grant_of(client_id: str, standing: str | None) -> GrantRow:
    """The grant that the tokens of a client hang on; a revoked one is followed by a new one."""
    now = clock.now()
    return GrantRow(
        # Derived, so that first requests at once share it; but never the id of one revoked in this same second.
        id=standing or f"cc.{client_id}.{now}.{grants.ended_count(client_id)}",
        kind="client_credentials",
        client_id=client_id,
        user_id=None,
        sid=None,
        scope="",
        audience=(),
        auth_time=None,
        amr=(),
        acr=None,
        created_at=now,
        last_used_at=None,
        refresh_expires_at=None,
        revoked_at=None,
        revoked_because=None,
    )
