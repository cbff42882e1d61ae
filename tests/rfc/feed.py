"""The revocation feed as a resource server reads it: every answer is verified with the published keys."""

import json
import time
from typing import TYPE_CHECKING, Any

from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.factories import make_client
from tests.relying_party import Credentials, RelyingParty, Reply, Transport, basic, encoded
from tests.rfc.answers import grants as granted

if TYPE_CHECKING:
    from authserver.composition import House

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
API_KEY = "urn:realmkit:params:oauth:token-type:api-key"
TYPE = "application/revocations+jwt"


class Follower:
    """A resource server at the feed. `news()` goes on from where the last answer ended."""

    def __init__(self, transport: Transport, as_: Credentials, *, issuer: str) -> None:
        self.transport, self.as_, self.issuer = transport, as_, issuer
        self.cursor = ""
        self.news()

    def ask(self, **parameters: Any) -> Reply:
        """One question, as it comes back."""
        headers = {"Authorization": basic(self.as_[0].client_id, self.as_[1])}
        return self.transport.send("GET", f"/revocations?{encoded(parameters)}", body=None, headers=headers)

    def news(self, **parameters: Any) -> dict[str, set[str]]:
        """What has ended since the last answer."""
        claims = self.read(self.ask(since=self.cursor, **parameters))
        self.cursor = claims["cursor"]
        return {kind: set(names) for kind, names in claims["events"].items()}

    def read(self, reply: Reply) -> dict[str, Any]:
        """The claims, if it is signed for us."""
        assert reply.status_code == 200, reply.text
        assert reply.headers["Content-Type"] == TYPE
        assert reply.headers["Cache-Control"] == "no-store"
        published = self.transport.send("GET", "/.well-known/jwks.json", body=None, headers={}).text
        algorithms = ["ES256", "RS256", "PS256", "EdDSA"]
        token = jwt.decode(reply.text, KeySet.import_key_set(json.loads(published)), algorithms=algorithms)
        assert token.header["typ"] == "revocations+jwt"
        claims = dict(token.claims)
        assert (claims["iss"], claims["aud"]) == (self.issuer, self.as_[0].client_id)
        assert abs(claims["iat"] - time.time()) < 60
        return claims


def exchanged(house: "House", app: Flask, api: Credentials, key: str) -> RelyingParty:
    """A machine with a token that it got for this key."""
    agent = RelyingParty(app.test_client(), *make_client(house, type="machine", grant_types=[EXCHANGE]))
    audience = api[0].audience
    granted(agent.token(grant_type=EXCHANGE, subject_token=key, subject_token_type=API_KEY, resource=audience))
    return agent
