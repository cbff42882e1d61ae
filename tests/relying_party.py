"""A client of our server: sends its user to /authorize, signs in and consents in the user's place, redeems the code.

    rp = RelyingParty(http, client, secret)
    rp.sign_in(user, password)
    rp.authorize(scope="openid read:realms").consent("allow").redeem()
    rp.introspect(as_=(resource_server, its_secret)).json

With `rp.dpop_key = new_key()` it sends DPoP proofs (RFC 9449) for tokens and at userinfo, with the nonces it is given.
Every parameter can be replaced by name, left out with None, repeated with a list: `rp.redeem(code_verifier=None)`.
`http` is Flask's test client, or `Remote(url)` for a server that runs elsewhere. Wherever a secret stands, the private
key of a client of private_key_jwt may stand too (`make_key_client` of tests/factories.py): each request then carries
an assertion of its own.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.models.users import User
from tests.forms import Form, forms
from tests.rfc.proofs import Key, assertion, make_proof
from tests.transports import Local, Remote, Reply, Transport

ISSUER = "http://localhost:8000"
FORM = "application/x-www-form-urlencoded"
MOST_REDIRECTS = 10
PUSHED = "urn:ietf:params:oauth:request_uri:"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: A client and what it proves itself by.
Credentials = tuple[Client, str | Key]


class RelyingParty:
    """One client with one user's browser. `sign_in`, `authorize` and `consent` return itself, the others the reply."""

    def __init__(self, http: FlaskClient | Transport, client: Client, secret: str | Key = "") -> None:
        self.transport: Transport = Local(http) if isinstance(http, FlaskClient) else http
        self.client = client
        self.secret = secret
        self.reply: Reply | None = None  # the last answer to the browser
        self.answer: dict[str, str] = {}  # what has come back at the redirect URI
        self.sent: dict[str, Any] = {}  # the last authorization request
        self.verifier = ""
        self.tokens: dict[str, Any] = {}  # the last good answer of the token endpoint
        self.password = ""  # of the user that has signed in
        self.issuer = self.transport.url if isinstance(self.transport, Remote) else ISSUER
        self.dpop_key: Key | None = None
        self.dpop_nonce: str | None = None  # the last one that was given

    # -- the browser ---------------------------------------------------------------------------------------------------

    def sign_in(self, user: User, password: str, **changes: Any) -> "RelyingParty":
        """Fill in the login form: the one in front of the user, or that of /login."""
        if self.at != "/login":
            self._browse("GET", "/login")
        self.password = password
        return self._submit("/login", {"username": user.username, "password": password, **changes})

    def authorize(self, **changes: Any) -> "RelyingParty":
        """Begin a new authorization, and follow the server until a page wants the user or the client has its answer.

        With the `request_uri` of a `push` that stands for all the rest.
        """
        if str(changes.get("request_uri")).startswith(PUSHED):
            return self._browse("GET", f"/authorize?{encoded({'client_id': self.client.client_id, **changes})}")
        return self._browse("GET", f"/authorize?{encoded(self.wish(**changes))}")

    def push(self, *, proven: bool = False, **changes: Any) -> Reply:
        """Send the request by the back channel (RFC 9126). `proven`: with a proof by `dpop_key`."""
        parameters = self.wish(**changes)
        if proven:
            return self.send_proven("POST", "/par", ask=lambda: self._asked(self.client, self.secret, parameters, None))
        return self.post("/par", parameters)

    def authorize_pushed(self, **changes: Any) -> "RelyingParty":
        """Both halves."""
        pushed = self.push(**changes)
        assert pushed.status_code == 201, pushed.text
        return self.authorize(request_uri=pushed.json["request_uri"])

    def wish(self, **changes: Any) -> dict[str, Any]:
        """The parameters of a new request for authorization."""
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
        return parameters

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
        sent = str(token or self.tokens.get("access_token"))
        if self.dpop_key is not None:
            return self.send_proven("GET", "/userinfo", headers={"Authorization": f"DPoP {sent}"}, token=sent)
        return self.transport.send("GET", "/userinfo", body=None, headers={"Authorization": f"Bearer {sent}"})

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
        if self.dpop_key is not None and path == "/token":
            return self.send_proven("POST", path, ask=lambda: self._asked(client, secret, parameters, headers))
        body, sent = self._asked(client, secret, parameters, headers)
        return self.transport.send("POST", path, body=body, headers=sent)

    def _asked(
        self, client: Client, secret: str | Key, parameters: Mapping[str, Any], headers: Mapping[str, str] | None
    ) -> tuple[str, dict[str, str]]:
        """Body and headers of a form, with a new proof of the client."""
        credentials, own = ({}, dict(headers)) if headers is not None else self.authentication(client, secret)
        return encoded({**credentials, **parameters}), {"Content-Type": FORM, **own}

    def authentication(self, client: Client, secret: str | Key) -> tuple[dict[str, str], dict[str, str]]:
        """The form fields and the headers by which a client proves itself to this server."""
        if isinstance(secret, str):
            return authentication(client, secret)
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(client, secret)}, {}

    def assertion(self, client: Client | None = None, key: Key | None = None, **changes: Any) -> str:
        """A new assertion of this client (RFC 7523 section 3). `changes`: other claims; None leaves one out."""
        client, key = client or self.client, key or self.secret
        assert not isinstance(key, str)
        return assertion(client.client_id, key, **{"aud": self.issuer, **changes})

    def send_proven(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        ask: Callable[[], tuple[str | None, Mapping[str, str]]] | None = None,
        token: str | None = None,
    ) -> Reply:
        """A request with a proof by `dpop_key`, once more with the nonce if one is demanded (RFC 9449 section 8)."""
        assert self.dpop_key is not None
        for _ in range(2):
            body, headers = ask() if ask is not None else (None, headers or {})
            proof = make_proof(self.dpop_key, method, self.issuer + path, token=token, nonce=self.dpop_nonce)
            reply = self.transport.send(method, path, body=body, headers={**headers, "DPoP": proof})
            self.dpop_nonce = reply.headers.get("DPoP-Nonce", self.dpop_nonce)
            if not ("DPoP-Nonce" in reply.headers and reply.status_code >= 400):
                break
        return reply


def authentication(client: Client, secret: str) -> tuple[dict[str, str], dict[str, str]]:
    """The form fields and the headers by which a client proves itself, if not by a key."""
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
