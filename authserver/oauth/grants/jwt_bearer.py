"""A token for the person that another issuer vouches for (RFC 7523 section 2.1, RFC 7521 section 4.1).

The person is not there to be asked: what they have allowed the client before, or what our own applications may, is all
that there is. There is no refresh token, and no ID token: nobody has signed in here.
"""

from authserver import clock, opaque
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import grants
from authserver.models.grants import JWT_BEARER
from authserver.models.grants import Grant as GrantRow
from authserver.oauth import assertion, resources, scopes, standing_consent
from authserver.oauth.assertion import Assertion
from authserver.oauth.client_jwt import BadToken
from authserver.oauth.errors import Cause, InvalidGrantError, InvalidScopeError
from authserver.oauth.grant import Grant
from authserver.oauth.issuer import Minted, Order
from authserver.traces import of_user, passed

CHECK = "Assertion"
LONGEST_LIFE = 900  # seconds


class JwtBearerGrant(Grant):
    """An assertion is good once, from a registered issuer, about a person who is known here."""

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    def validate_token_request(self) -> None:
        assertion.look_for_keys(self.parameters.first("assertion") or "", self.server.client_keys)
        super().validate_token_request()

    def validate(self) -> Order:
        self.assertion = self._believed()
        issuer, user = self.assertion.issuer, self.assertion.user
        of_user(user.id)
        passed(CHECK, f"Of {issuer.issuer}.")
        scope = self._scope()
        asked = resources.check_known(self.parameters.every("resource"))
        audience = resources.within(asked, issuer.audience) if issuer.audience else asked
        return Order(
            client=self.oauth_client,
            grant=self._grant(scopes.join(scope), audience),
            user=user,
            scope=scope,
            audience=audience,
            lifetime=LONGEST_LIFE,
        )

    def consume(self, minted: Minted) -> None:
        if not self.assertion.spend():
            cause = Cause("assertion_replayed", CHECK, "Its jti has been used before.")
            raise InvalidGrantError("The assertion has been used before.", cause)
        grant, client_id = minted.order.grant, self.oauth_client.client_id
        grants.open_(grant)
        minted.record()
        facts = {"grant": grant.id, "scope": grant.scope, "issuer": self.assertion.issuer.issuer}
        record(Tag.ASSERTION_TAKEN, actor=client_id, user_id=grant.user_id, client_id=client_id, **facts)

    def _believed(self) -> Assertion:
        own = self.issuer.settings.issuer
        try:
            return assertion.believed(
                self.parameters.required("assertion"),
                audiences=(own, own + self.server.paths["token_endpoint"]),
                keys=self.server.client_keys,
            )
        except BadToken as error:
            raise InvalidGrantError("The assertion is not good.", Cause("assertion", CHECK, str(error))) from None

    def _scope(self) -> tuple[str, ...]:
        """What was asked for, else all that issuer, client and person leave."""
        allowed = self._allowed()
        asked = scopes.within(scopes.split(self.parameters.first("scope")), allowed)
        if not allowed:
            cause = Cause("nothing_allowed", scopes.CHECK, "The person has allowed this client nothing of it.")
            raise InvalidScopeError("The client may do nothing for this person.", cause)
        passed(scopes.CHECK, scopes.join(asked or allowed))
        return asked or allowed

    def _allowed(self) -> tuple[str, ...]:
        client, user = self.oauth_client, self.assertion.user
        limits = [{scope.name for scope in scopes.own(user)}]
        if self.assertion.issuer.scope:
            limits.append(set(self.assertion.issuer.scope.split()))
        if not client.trusted:
            limits.append(set(standing_consent.recall(user.id, client).scope))
        open_ = (name for name in scopes.open_to(client) if name not in scopes.OPENID_SCOPES)
        return tuple(name for name in open_ if all(name in limit for limit in limits))

    def _grant(self, scope: str, audience: tuple[str, ...]) -> GrantRow:
        now = clock.now()
        return GrantRow(
            id=opaque.identifier("g"),
            kind=JWT_BEARER,
            client_id=self.oauth_client.client_id,
            user_id=self.assertion.user.id,
            sid=None,
            scope=scope,
            audience=audience,
            auth_time=None,
            amr=(),
            acr=None,
            created_at=now,
            last_used_at=now,
            refresh_expires_at=None,
            revoked_at=None,
            revoked_because=None,
            details={"issuer": self.assertion.issuer.issuer},
        )
