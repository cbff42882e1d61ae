"""A client of our server: sends its user to /authorize, signs in and consents in the user's place, redeems the code.

    rp = RelyingParty(http, client, secret)
    rp.sign_in(user, password)
    rp.authorize(scope="openid read:realms").consent("allow").redeem()
    rp.introspect(as_=(resource_server, its_secret)).json

Every parameter can be replaced by name, left out with None, repeated with a list: `rp.redeem(code_verifier=None)`.
`http` is Flask's test client, or `Remote(url)` for a server that runs elsewhere.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import requests
from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.models.users import User
from tests.forms import Form, forms

FORM = "application/x-www-form-urlencoded"
MOST_REDIRECTS = 10
Credentials = tuple[Client, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered. `path` is where it was asked."""

    path: str
    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> str | None:
        """The `error` of a JSON body."""
        return self.json.get("error")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Transport(Protocol):
    """One browser or one machine; keeps cookies, follows no redirect."""

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply: ...


class Local:
    """Flask's test client."""

    def __init__(self, http: FlaskClient) -> None:
        self._http = http

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply:
        answer = self._http.open(path, method=method, data=body, headers=dict(headers))
        return Reply(path, answer.status_code, answer.headers, answer.text)


class Remote:
    """A server at this URL, over real HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply:
        answer = self._session.request(
            method, self._url + path, data=body, headers=dict(headers), allow_redirects=False, timeout=30
        )
        return Reply(path, answer.status_code, answer.headers, answer.text)

    def close(self) -> None:
        self._session.close()


class RelyingParty:
    """One client with one user's browser. `sign_in`, `authorize` and `consent` return itself, the others the reply."""

    def __init__(self, http: FlaskClient | Transport, client: Client, secret: str = "") -> None:
        self.transport: Transport = Local(http) if isinstance(http, FlaskClient) else http
        self.client = client
        self.secret = secret
        self.reply: Reply | None = None  # the last answer to the browser
        self.answer: dict[str, str] = {}  # what has come back at the redirect URI
        self.sent: dict[str, Any] = {}  # the last authorization request
        self.verifier = ""
        self.tokens: dict[str, Any] = {}  # the last good answer of the token endpoint
        self.password = ""  # of the user that has signed in

    # -- the browser ---------------------------------------------------------------------------------------------------

    def sign_in(self, user: User, password: str, **changes: Any) -> "RelyingParty":
        """Fill in the login form: the one in front of the user, or that of /login."""
        if self.at != "/login":
            self._browse("GET", "/login")
        self.password = password
        return self._submit("/login", {"username": user.username, "password": password, **changes})

    def authorize(self, **changes: Any) -> "RelyingParty":
        """Begin a new authorization, and follow the server until a page wants the user or the client has its answer."""
        self.verifier, self.answer = secrets.token_urlsafe(48), {}
        scope = self.client.scope or "openid profile read:realms"
        parameters: dict[str, Any] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0] if self.client.redirect_uris else None,
            "scope": scope,
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        self.sent = parameters
        return self._browse("GET", f"/authorize?{encoded(parameters)}")

    def consent(self, decision: str = "allow", **changes: Any) -> "RelyingParty":
        """Press a button of the consent page; `scope=[...]` chooses its boxes. Types the password where it is asked."""
        asked = decision == "allow" and "password" in self.form("/consent").values
        proof = {"password": self.password} if asked else {}
        return self._submit("/consent", {"decision": decision, **proof, **changes})

    @property
    def at(self) -> str:
        """Path of the page in front of the user; "" before the first, and at the client."""
        return "" if self.reply is None or self.answer else urlsplit(self.reply.path).path

    @property
    def code(self) -> str:
        assert "code" in self.answer, f"no code has come back: {self.answer or self.reply}"
        return self.answer["code"]

    def form(self, action: str) -> Form:
        """The form of the page in front of the user that is sent to this path."""
        page = self.reply.text if self.reply else ""
        found = [form for form in forms(page) if urlsplit(form.action).path == action]
        assert found, f"the page in front of the user has no form for {action}: {self.reply}\n{page[:2000]}"
        return found[0]

    def _submit(self, action: str, changes: Mapping[str, Any]) -> "RelyingParty":
        return self._browse("POST", action, body=encoded({**self.form(action).values, **changes}))

    def _browse(self, method: str, path: str, body: str | None = None) -> "RelyingParty":
        """As a browser would: follow redirects as long as they stay on this server."""
        self.answer = {}
        for _ in range(MOST_REDIRECTS):
            self.reply = self.transport.send(method, path, body=body, headers=_content_type(body))
            if not 300 <= self.reply.status_code < 400:
                self.answer = self._posted(self.reply.text)
                return self
            if not self.reply.location.startswith("/"):
                self.answer = _flat(urlsplit(self.reply.location).query)
                return self
            method, path, body = "GET", self.reply.location, None
        raise AssertionError(f"more than {MOST_REDIRECTS} redirects, the last to {path}")

    def _posted(self, page: str) -> dict[str, str]:
        """The answer of `response_mode=form_post`: a form that goes to the client."""
        own = [form for form in forms(page) if form.action in self.client.redirect_uris]
        return {name: str(value) for name, value in own[0].values.items()} if own else {}

    # -- the machine ---------------------------------------------------------------------------------------------------

    def redeem(self, **changes: Any) -> Reply:
        """Exchange the code."""
        defaults = {"grant_type": "authorization_code", "redirect_uri": self.sent.get("redirect_uri")}
        code = changes.pop("code") if "code" in changes else self.code
        return self.token(**{**defaults, "code": code, "code_verifier": self.verifier or None, **changes})

    def refresh(self, **changes: Any) -> Reply:
        """Use the last refresh token."""
        return self.token(
            **{"grant_type": "refresh_token", "refresh_token": self.tokens.get("refresh_token"), **changes}
        )

    def token(self, **parameters: Any) -> Reply:
        """Any request to the token endpoint, authenticated as this client. A good answer is kept in `tokens`."""
        reply = self.post("/token", parameters)
        if reply.status_code == 200:
            self.tokens = reply.json
        return reply

    def introspect(self, token: str | None = None, *, as_: Credentials | None = None, **parameters: Any) -> Reply:
        """What the server says of a token, by default the last access token, to this client or to another."""
        return self.post("/introspect", {"token": token or self.tokens.get("access_token"), **parameters}, as_=as_)

    def revoke(self, token: str | None = None, *, as_: Credentials | None = None, **parameters: Any) -> Reply:
        """End a token, by default the last access token."""
        return self.post("/revoke", {"token": token or self.tokens.get("access_token"), **parameters}, as_=as_)

    def userinfo(self, token: str | None = None) -> Reply:
        """The claims of the user."""
        bearer = {"Authorization": f"Bearer {token or self.tokens.get('access_token')}"}
        return self.transport.send("GET", "/userinfo", body=None, headers=bearer)

    def post(
        self,
        path: str,
        parameters: Mapping[str, Any],
        *,
        as_: Credentials | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """A form to a machine endpoint, authenticated by the client's own method unless `headers` are given."""
        client, secret = as_ or (self.client, self.secret)
        credentials, own = ({}, dict(headers)) if headers is not None else authentication(client, secret)
        body = encoded({**credentials, **parameters})
        return self.transport.send("POST", path, body=body, headers={"Content-Type": FORM, **own})


def authentication(client: Client, secret: str) -> tuple[dict[str, str], dict[str, str]]:
    """The form fields and the headers by which a client proves itself."""
    if client.token_endpoint_auth_method == "client_secret_basic":
        return {}, {"Authorization": basic(client.client_id, secret)}
    if client.token_endpoint_auth_method == "client_secret_post":
        return {"client_id": client.client_id, "client_secret": secret}, {}
    return {"client_id": client.client_id}, {}


def basic(client_id: str, secret: str) -> str:
    """The Authorization header of RFC 6749 section 2.3.1, with both halves form-encoded."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, not verified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def encoded(parameters: Mapping[str, Any]) -> str:
    """As a query or a form: None leaves a parameter out, a list repeats it."""
    return urlencode({name: value for name, value in parameters.items() if value is not None}, doseq=True)


def _flat(query: str) -> dict[str, str]:
    values = parse_qs(query, keep_blank_values=True)
    assert all(len(found) == 1 for found in values.values()), f"a parameter came back twice: {query}"
    return {name: found[0] for name, found in values.items()}


def _content_type(body: str | None) -> dict[str, str]:
    return {} if body is None else {"Content-Type": FORM}
