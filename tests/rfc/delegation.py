"""A service that exchanges the tokens of an application (RFC 8693)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask

from tests.factories import make_client
from tests.relying_party import Credentials, RelyingParty, Reply
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import Party, party_at

if TYPE_CHECKING:
    from authserver.composition import House

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
CLIENT_CREDENTIALS = "client_credentials"
SCOPE = "openid offline_access read:realms write:realms"


@dataclass
class Exchange:
    """A service that exchanges the tokens of an application for tokens of its own."""

    house: "House"
    app: Flask
    front: Party
    service: RelyingParty
    api: Credentials

    def __call__(self, **changes: Any) -> Reply:
        """A good exchange of the application's token, but for these changes."""
        good = {"subject_token": self.front.tokens["access_token"], "subject_token_type": ACCESS_TOKEN}
        return self.service.token(**{"grant_type": GRANT, **good, "resource": self.api[0].audience, **changes})

    def delegated(self, **changes: Any) -> Reply:
        """The same, with a token of the service itself as the actor's."""
        return self(**{"actor_token": self.actor_token(), "actor_token_type": ACCESS_TOKEN, **changes})

    def actor_token(self) -> str:
        return str(granted(self.service.token(grant_type=CLIENT_CREDENTIALS, scope="read:realms"))["access_token"])

    def another(self, *subject_clients: str, **policy: Any) -> RelyingParty:
        """A further service, with another policy."""
        allowed = {"subject_clients": list(subject_clients or [self.front.client.client_id]), **policy}
        made = make_client(self.house, type="machine", grant_types=[GRANT, CLIENT_CREDENTIALS], token_exchange=allowed)
        return RelyingParty(self.app.test_client(), *made)

    def good(self, subject_token: str | None = None) -> dict[str, Any]:
        return {
            "grant_type": GRANT,
            "subject_token": subject_token or self.front.tokens["access_token"],
            "subject_token_type": ACCESS_TOKEN,
            "resource": self.api[0].audience,
        }


def exchange_of(house: "House", app: Flask, api: Credentials, form: str) -> Exchange:
    """Both tokens of this form. The policy allows both ways, and the audience of `api`."""
    front = party_at(app, scope=SCOPE, access_token_format=form)
    granted(front.authorize(scope=SCOPE).redeem())
    known = [front.client.client_id]
    policy = {"subject_clients": known, "audiences": [api[0].audience], "impersonation": True}
    made = make_client(
        house,
        type="machine",
        grant_types=[GRANT, CLIENT_CREDENTIALS],
        access_token_format=form,
        token_exchange=policy,
    )
    return Exchange(house, app, front, RelyingParty(app.test_client(), *made), api)
