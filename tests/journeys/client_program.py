"""A web application of somebody else, in a process of its own: Authlib's OAuth client behind a plain HTTP server.

python client_program.py ISSUER PORT, with CLIENT_ID and CLIENT_SECRET in the environment. It shows what it got as JSON.
"""

import html
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER, PORT = sys.argv[1], int(sys.argv[2])
METADATA = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
SCOPE = "openid profile email offline_access read:realms"


class Visit:
    """What this program remembers of its one visitor."""

    state = verifier = nonce = ""
    token: dict[str, Any]


def session(**options: Any) -> OAuth2Session:
    """Authlib's client, with PKCE."""
    return OAuth2Session(
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
        redirect_uri=f"http://127.0.0.1:{PORT}/callback",
        scope=SCOPE,
        code_challenge_method="S256",
        **options,
    )


def sign_in(query: dict[str, list[str]]) -> str:
    """Where the browser goes."""
    Visit.verifier, Visit.nonce = generate_token(48), generate_token(20)
    extra = {"prompt": query["prompt"][0]} if "prompt" in query else {}
    url, Visit.state = session().create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=Visit.verifier, nonce=Visit.nonce, **extra
    )
    return str(url)


def callback(url: str, query: dict[str, list[str]]) -> dict[str, Any]:
    """Tokens and verified claims, or the error that came back."""
    assert query["iss"] == [ISSUER], "RFC 9207"
    assert query["state"] == [Visit.state]
    if "error" in query:
        return {"error": query["error"][0]}
    Visit.token = session(state=Visit.state).fetch_token(
        METADATA["token_endpoint"], authorization_response=url, code_verifier=Visit.verifier
    )
    keys = KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=10).json())
    claims = jwt.decode(Visit.token["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["nonce"] == Visit.nonce
    return {"token": dict(Visit.token), "claims": claims}


def userinfo() -> dict[str, Any]:
    """Claims by the access token."""
    return dict(session(token=Visit.token).get(METADATA["userinfo_endpoint"]).json())


def refresh() -> dict[str, Any]:
    """A new pair of tokens."""
    before = Visit.token["refresh_token"]
    Visit.token = session().refresh_token(METADATA["token_endpoint"], refresh_token=before)
    return {"token": dict(Visit.token), "rotated": Visit.token["refresh_token"] != before}


def revoke() -> dict[str, Any]:
    """End the family."""
    answer = session().revoke_token(METADATA["revocation_endpoint"], token=Visit.token["refresh_token"])
    return {"status": answer.status_code}


class Program(BaseHTTPRequestHandler):
    """The pages of the application."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        if address.path == "/login":
            self.send_response(303)
            self.send_header("Location", sign_in(query))
            self.end_headers()
            return
        actions = {"/userinfo": userinfo, "/refresh": refresh, "/revoke": revoke}
        if address.path == "/callback":
            self.show(callback(f"http://127.0.0.1:{PORT}{self.path}", query))
        elif address.path in actions:
            self.show(actions[address.path]())
        else:
            self.show({"ready": True})

    def show(self, document: dict[str, Any]) -> None:
        page = f"<!doctype html><title>Client</title><pre>{html.escape(json.dumps(document))}</pre>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", PORT), Program).serve_forever()
