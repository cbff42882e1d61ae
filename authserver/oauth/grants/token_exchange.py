"""An API key exchanged for a narrow token of minutes, so that agents need not carry the key (RFC 8693)."""

from typing import Any

from authserver import clock, opaque
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import grants
from authserver.models.api_keys import ApiKey
from authserver.models.grants import TOKEN_EXCHANGE
from authserver.models.grants import Grant as GrantRow
from authserver.oauth import resources, scopes
from authserver.oauth.credentials import api_key
from authserver.oauth.errors import Cause, InvalidRequestError, InvalidScopeError, InvalidTargetError
from authserver.oauth.grant import Grant
from authserver.oauth.issuer import Minted, Order
from authserver.traces import of_user, passed

API_KEY = "urn:realmkit:params:oauth:token-type:api-key"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
SUBJECT, TYPES = "Subject token", "Types of tokens"
LONGEST_LIFE = 900  # seconds


class TokenExchangeGrant(Grant):
    """The token is for named audiences, never wider than the key, and dies with it (TX3, TX4, TX6)."""

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"

    def validate(self) -> Order:
        value = self.parameters.required("subject_token")
        self._check_types(self.parameters.required("subject_token_type"))
        found = api_key.authenticate(value, address=self._address)
        if found is None:  # RFC 8693 section 2.2.2
            cause = Cause("subject_token", SUBJECT, "No live API key, or not from this address.")
            raise InvalidRequestError("The subject token is not good.", cause)
        self.key, user = found
        of_user(user.id)
        passed(SUBJECT, f"The API key {self.key.id}.")
        audience = self._audience(self.key)
        scope = self._scope(self.key)
        ends_in = LONGEST_LIFE if self.key.expires_at is None else self.key.expires_at - clock.now()
        return Order(
            client=self.oauth_client,
            grant=_grant(self.key, self.oauth_client.client_id, scope=scopes.join(scope), audience=audience),
            user=user,
            scope=scope,
            audience=audience,
            lifetime=min(LONGEST_LIFE, ends_in),
        )

    def create_token_response(self) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        status, response, headers = super().create_token_response()
        return status, {**response, "issued_token_type": ACCESS_TOKEN}, headers

    def consume(self, minted: Minted) -> None:
        client_id, grant = self.oauth_client.client_id, minted.order.grant
        grants.open_(grant)
        minted.record()
        opened: dict[str, Any] = {"key": self.key.id, "grant": grant.id, "scope": grant.scope}
        record(Tag.API_KEY_EXCHANGED, actor=client_id, user_id=self.key.user_id, client_id=client_id, **opened)
        self.server.usage.note(self.key.id, address=self._address, client_id=client_id)

    @property
    def _address(self) -> str:
        address: str = self.request.request.address
        return address

    def _check_types(self, subject_token_type: str) -> None:
        if subject_token_type != API_KEY:
            cause = Cause("subject_token_type", TYPES, expected=API_KEY, received=subject_token_type)
            raise InvalidRequestError(f"The only subject_token_type is {API_KEY}.", cause)
        if self.parameters.first("requested_token_type") not in {None, ACCESS_TOKEN}:
            cause = Cause("requested_token_type", TYPES, expected=ACCESS_TOKEN)
            raise InvalidRequestError(f"The only requested_token_type is {ACCESS_TOKEN}.", cause)
        if "actor_token" in self.parameters or "actor_token_type" in self.parameters:
            cause = Cause("actor_token", TYPES)
            raise InvalidRequestError("Nobody can act for somebody else here: leave actor_token out.", cause)

    def _audience(self, key: ApiKey) -> tuple[str, ...]:
        """What was asked for by either name, each registered, open to the key, and of its environment."""
        asked = resources.check_known(self.parameters.every("resource") + self.parameters.every("audience"))
        if not asked:
            cause = Cause("audience_missing", resources.CHECK)
            raise InvalidRequestError("Say by resource or audience for which API the token is.", cause)
        if key.audience:
            resources.within(asked, key.audience)
        # The token carries no environment (decision 26), so where it may go is decided here.
        if not resources.accept(asked, key.environment):
            cause = Cause("environment", "Environment", received=key.environment)
            raise InvalidTargetError(f"A {key.environment} key cannot be used there.", cause)
        return asked

    def _scope(self, key: ApiKey) -> tuple[str, ...]:
        """What was asked for, else all that both key and client have."""
        own, open_ = key.scope.split(), scopes.open_to(self.oauth_client)
        asked = scopes.within(scopes.split(self.parameters.first("scope")), own)
        if beyond := [name for name in asked if name not in open_]:
            raise InvalidScopeError("A scope is not allowed for this client.", scopes.not_allowed(beyond[0], open_))
        scope = asked or tuple(name for name in own if name in open_)
        if not scope:
            cause = Cause("no_scope_in_common", scopes.CHECK, expected=scopes.join(open_), received=key.scope)
            raise InvalidScopeError("Key and client have no scope in common.", cause)
        passed(scopes.CHECK, scopes.join(scope))
        return scope


def _grant(key: ApiKey, client_id: str, *, scope: str, audience: tuple[str, ...]) -> GrantRow:
    now = clock.now()
    return GrantRow(
        id=opaque.identifier("g"),
        kind=TOKEN_EXCHANGE,
        client_id=client_id,
        user_id=key.user_id,
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
        key_id=key.id,
    )
