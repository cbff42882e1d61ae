"""Token exchange (RFC 8693): an API key or an access token for a narrower access token of minutes."""

from authserver.models.grants import Grant as GrantRow
from authserver.oauth import resources, scopes
from authserver.oauth.errors import Cause, InvalidRequestError, InvalidScopeError
from authserver.oauth.exchange import access_token, key
from authserver.oauth.exchange.key import KeySubject
from authserver.oauth.exchange.subject import Basis, Subject
from authserver.oauth.grant import Grant
from authserver.oauth.issuer import Minted, Order
from authserver.traces import passed

TYPES = "Types of tokens"
SUBJECT_TYPES = (key.TYPE, access_token.TYPE)


class TokenExchangeGrant(Grant):
    """The new token is for named audiences, never wider than the subject token, and dies with it (TX3, TX4, TX6)."""

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"

    def validate(self) -> Order:
        value = self.parameters.required("subject_token")
        kind = self._subject_type()
        self._check_requested_type()
        actor = self._actor_token(kind)
        self.subject = self._presented(value, kind, actor)
        audience = self._audience()
        self.subject.check_audience(audience)
        basis = self.subject.basis
        scope = self._scope(basis)
        return Order(
            client=self.oauth_client,
            grant=self._grant(scope, audience),
            user=basis.user,
            scope=scope,
            audience=audience,
            lifetime=basis.lifetime,
            claims=basis.claims,
        )

    def create_token_response(self) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        status, response, headers = super().create_token_response()
        return status, {**response, "issued_token_type": access_token.TYPE}, headers

    def consume(self, minted: Minted) -> None:
        self.subject.record(minted.order.grant)
        minted.record()
        if isinstance(self.subject, KeySubject):
            client_id = self.oauth_client.client_id
            self.server.usage.note(self.subject.key.id, address=self._address, client_id=client_id)

    @property
    def _address(self) -> str:
        address: str = self.request.request.address
        return address

    def _subject_type(self) -> str:
        kind = self.parameters.required("subject_token_type")
        if kind not in SUBJECT_TYPES:
            cause = Cause("subject_token_type", TYPES, expected=" ".join(SUBJECT_TYPES), received=kind)
            raise InvalidRequestError(f"subject_token_type must be {' or '.join(SUBJECT_TYPES)}.", cause)
        return kind

    def _check_requested_type(self) -> None:
        if self.parameters.first("requested_token_type") not in {None, access_token.TYPE}:
            cause = Cause("requested_token_type", TYPES, expected=access_token.TYPE)
            raise InvalidRequestError(f"The only requested_token_type is {access_token.TYPE}.", cause)

    def _actor_token(self, kind: str) -> str | None:
        """The actor token, if one was sent, and may be (RFC 8693 section 2.1)."""
        actor, actor_kind = self.parameters.first("actor_token"), self.parameters.first("actor_token_type")
        if kind == key.TYPE and (actor is not None or actor_kind is not None):
            cause = Cause("actor_token", TYPES, "Nobody acts for an API key.")
            raise InvalidRequestError("Nobody can act for an API key: leave actor_token out.", cause)
        if actor_kind != (None if actor is None else access_token.TYPE):
            cause = Cause("actor_token_type", TYPES, expected=access_token.TYPE, received=actor_kind)
            raise InvalidRequestError(f"actor_token_type belongs to actor_token, and is {access_token.TYPE}.", cause)
        return actor

    def _presented(self, value: str, kind: str, actor: str | None) -> Subject:
        if kind == key.TYPE:
            return key.presented(value, address=self._address)
        return access_token.presented(
            value, actor=actor, client=self.oauth_client, binding=self.binding, verifier=self.server.verifier
        )

    def _audience(self) -> tuple[str, ...]:
        """What was asked for by either name, each registered."""
        asked = resources.check_known(self.parameters.every("resource") + self.parameters.every("audience"))
        if not asked:
            cause = Cause("audience_missing", resources.CHECK)
            raise InvalidRequestError("Say by resource or audience for which API the token is.", cause)
        return asked

    def _scope(self, basis: Basis) -> tuple[str, ...]:
        """What was asked for, else all that both subject token and client have."""
        open_ = scopes.open_to(self.oauth_client)
        asked = scopes.within(scopes.split(self.parameters.first("scope")), basis.scope)
        if beyond := [name for name in asked if name not in open_]:
            raise InvalidScopeError("A scope is not allowed for this client.", scopes.not_allowed(beyond[0], open_))
        scope = asked or tuple(name for name in basis.scope if name in open_)
        if not scope:
            received = scopes.join(basis.scope)
            cause = Cause("no_scope_in_common", scopes.CHECK, expected=scopes.join(open_), received=received)
            raise InvalidScopeError("Subject token and client have no scope in common.", cause)
        passed(scopes.CHECK, scopes.join(scope))
        return scope

    def _grant(self, scope: tuple[str, ...], audience: tuple[str, ...]) -> GrantRow:
        return self.subject.grant(self.oauth_client.client_id, scope=scopes.join(scope), audience=audience)
