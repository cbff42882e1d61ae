"""What the playground's application remembers between its steps, as a real one would: in the browser of its user."""

import secrets
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from authserver.browser import cookies
from authserver.browser.cookies import Cookie
from authserver.browser.server import settings
from authserver.oauth import pkce
from authserver.oauth.credentials.access_token import AccessTokenCredential

LIFETIME = 1800
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Begun:
    """An authorization request that was built here; its verifier stays in the browser until the code is exchanged."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        return pkce.challenge_of(self.verifier)

    def parameters(self) -> dict[str, str]:
        """Of the authorization request."""
        sent = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": self.state,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        return {**sent, "nonce": self.nonce} if "openid" in self.scope.split() else sent

    def url(self, **changes: str | None) -> str:
        """The authorization request, or one with something wrong in it: None leaves a parameter out."""
        sent = {**self.parameters(), **changes}
        return "/authorize?" + urlencode([(name, value) for name, value in sent.items() if value is not None])


@dataclass(frozen=True, slots=True)
class Held:
    """What the application has been given so far; it goes along in the forms of the page and is stored nowhere."""

    client_id: str = ""
    redirect_uri: str = ""
    verifier: str = ""
    code: str = ""
    access_token: str = ""
    refresh_token: str = ""

    @classmethod
    def sent(cls) -> "Held":
        """From the form of this request."""
        held = {field.name: request.form.get(field.name, "")[:LONGEST] for field in fields(cls)}
        if not AccessTokenCredential().recognises(held["access_token"]):  # API keys are not for here
            held["access_token"] = ""
        if not pkce.is_verifier(held["verifier"]):
            held["verifier"] = ""
        return cls(**held)

    def given(self, document: dict[str, Any]) -> "Held":
        """With the tokens of an answer of the token endpoint in place of those before."""
        names = ("access_token", "refresh_token")
        new = {name: document[name] for name in names if isinstance(document.get(name), str)}
        return Held(**{**asdict(self), **new})

    def hidden(self) -> dict[str, str]:
        """Fields of a form."""
        return {name: value for name, value in asdict(self).items() if value}


def begin(*, client_id: str, redirect_uri: str, scope: str) -> Begun:
    """A new request, remembered in this browser."""
    begun = Begun(
        client_id=client_id,
        redirect_uri=redirect_uri,
        scope=scope,
        state=secrets.token_urlsafe(16),
        nonce=secrets.token_urlsafe(16),
        verifier=secrets.token_urlsafe(32),
    )
    cookies.keep(Cookie.PLAYGROUND, _signer().dumps(asdict(begun)), lifetime=LIFETIME)
    return begun


def begun() -> Begun | None:
    """The request that this browser has begun, if it has."""
    try:
        return Begun(**_signer().loads(cookies.read(Cookie.PLAYGROUND) or ""))
    except (BadSignature, TypeError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or b"", salt=f"playground:{settings().issuer}")
