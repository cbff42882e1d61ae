"""An API key exchanged for a narrow token of minutes, so that agents need not carry the key."""

from dataclasses import dataclass

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import grants
from authserver.models.api_keys import ApiKey
from authserver.models.grants import Grant
from authserver.models.users import User
from authserver.oauth import resources
from authserver.oauth.credentials import api_key
from authserver.oauth.errors import Cause, InvalidRequestError, InvalidTargetError
from authserver.oauth.exchange import subject
from authserver.oauth.exchange.subject import SUBJECT, Basis
from authserver.traces import of_user, passed

TYPE = "urn:realmkit:params:oauth:token-type:api-key"


@dataclass(frozen=True, slots=True)
class KeySubject:
    """A live API key and its owner; the new token is never wider than the key, and dies with it (TX3, TX4, TX6)."""

    key: ApiKey
    user: User

    @property
    def basis(self) -> Basis:
        return Basis(self.user, tuple(self.key.scope.split()), self.key.expires_at)

    def check_audience(self, asked: tuple[str, ...]) -> None:
        if self.key.audience:
            resources.within(asked, self.key.audience)
        # The token carries no environment (decision 26), so where it may go is decided here.
        if not resources.accept(asked, self.key.environment):
            cause = Cause("environment", "Environment", received=self.key.environment)
            raise InvalidTargetError(f"A {self.key.environment} key cannot be used there.", cause)

    def grant(self, client_id: str, *, scope: str, audience: tuple[str, ...]) -> Grant:
        return subject.grant(self.user, client_id, scope=scope, audience=audience, key_id=self.key.id)

    def record(self, grant: Grant) -> None:
        grants.open_(grant)
        client_id, opened = grant.client_id, {"key": self.key.id, "grant": grant.id, "scope": grant.scope}
        record(Tag.API_KEY_EXCHANGED, actor=client_id, user_id=self.key.user_id, client_id=client_id, **opened)


def presented(value: str, *, address: str) -> KeySubject:
    """The key, if it is good from this address. Raises invalid_request (RFC 8693 section 2.2.2)."""
    found = api_key.authenticate(value, address=address)
    if found is None:
        cause = Cause("subject_token", SUBJECT, "No live API key, or not from this address.")
        raise InvalidRequestError("The subject token is not good.", cause)
    key, user = found
    of_user(user.id)
    passed(SUBJECT, f"The API key {key.id}.")
    return KeySubject(key, user)
