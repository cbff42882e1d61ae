"""Another issuer, whose assertions clients exchange here (RFC 7523)."""

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey

from authserver.models.users import User
from authserver.oauth import trusted_issuers
from tests.factories import make_client, make_user, unique, within
from tests.relying_party import RelyingParty, Reply

if TYPE_CHECKING:
    from authserver.composition import House

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
HERE = "http://localhost:8000"
SCOPE = "read:realms write:realms"


@dataclass
class Elsewhere:
    """Another issuer, and a client here that presents its assertions."""

    name: str
    rp: RelyingParty
    user: User
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def assertion(self, header: dict[str, Any] | None = None, key: ECKey | None = None, **changes: Any) -> str:
        """A good one, but for these changes; None leaves a claim out."""
        now = int(time.time())
        good = {"iss": self.name, "sub": self.user.username, "aud": HERE, "iat": now, "exp": now + 300}
        claims = {**good, "jti": uuid.uuid4().hex, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": "k1", **(header or {})}, kept, key or self.key, algorithms=["ES256"])

    def ask(self, assertion: str | None = None, **parameters: Any) -> Reply:
        return self.rp.token(**{"grant_type": GRANT, "assertion": assertion or self.assertion(), **parameters})


def issuer_of(house: "House", app: Flask) -> Elsewhere:
    """Trusted for all scopes and audiences; the client is trusted too."""
    made = make_client(house, type="machine", grant_types=[GRANT], scope=SCOPE, trusted=True)
    found = Elsewhere(
        f"https://{unique('issuer')}.example", RelyingParty(app.test_client(), *made), make_user(house)[0]
    )
    trust(house, found)
    return found


def trust(house: "House", issuer: Elsewhere, **wish: Any) -> None:
    keys = {} if "jwks_uri" in wish else {"jwks": issuer.jwks}
    with within(house):
        trusted_issuers.trust(issuer.name, own=HERE, **{**keys, "subject": "username", "actor": "tests", **wish})


def distrust(house: "House", issuer: Elsewhere) -> None:
    with within(house):
        trusted_issuers.forget(issuer.name, actor="tests")
