"""An application that is told when a session is over: a real server behind TLS, which keeps what it is sent."""

import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet

from authserver.models import logouts as stored
from authserver.models.logouts import Logout
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth.oidc.logout_token import EVENT
from authserver.outbox import logouts, rounds
from tests.factories import make_client, within
from tests.pages.people import token_in
from tests.relying_party import FORM, claims_of, encoded
from tests.rfc.conftest import Party, party_at

if TYPE_CHECKING:
    from authserver.composition import House

HOST = "127.0.0.1"
GOODBYE = "https://client.example/goodbye"
SECONDS = 10.0


@cache
def certificate(folder: Path) -> Path:
    """A key and its own certificate for this host, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3650))
        .not_valid_after(now + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "receiver.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Handler(BaseHTTPRequestHandler):
    """Takes a logout token, and answers what it was told to."""

    server: "Listening"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        receiver = self.server.receiver
        receiver.requests.append((self.path, self.headers["Content-Type"], parse_qs(body)))
        self.send_response(receiver.answers.get(self.path, 200))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Silently."""


class Listening(ThreadingHTTPServer):
    daemon_threads = True
    receiver: "Receiver"


@dataclass
class Receiver:
    """It can be switched off, and on again at the same port."""

    folder: Path
    port: int = 0
    requests: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)  # path -> status
    _listening: Listening | None = None

    def up(self) -> None:
        self._listening = Listening((HOST, self.port), Handler)
        self.port, self._listening.receiver = self._listening.server_address[1], self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(self.folder))
        self._listening.socket = context.wrap_socket(self._listening.socket, server_side=True)
        threading.Thread(target=self._listening.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        if self._listening is not None:
            self._listening.shutdown()
            self._listening.server_close()
            self._listening = None

    def url(self, path: str = "/backchannel") -> str:
        return f"https://{HOST}:{self.port}{path}"

    def tokens(self, path: str = "/backchannel") -> list[str]:
        """The logout tokens that have come to this path."""
        return [token for where, _, form in list(self.requests) if where == path for token in form["logout_token"]]

    def settings(self) -> dict[str, Any]:
        """What a server needs to reach it."""
        return {"fetch_allow": HOST, "ca_bundle": certificate(self.folder)}


def deliver(app: Flask) -> int:
    """What a worker does in one round."""
    house = app.extensions["authserver.house"]
    return logouts.deliver(house.database, house.server.fetcher, house.server.logout_letter)


def waiting(app: Flask, client_id: str | None = None) -> list[Logout]:
    with unit_of_work(app.extensions["authserver.house"].database):
        return [one for one in stored.waiting() if client_id in (None, one.client_id)]


def eventually(condition: Callable[[], object]) -> bool:
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def believed(app: Flask, token: str, *, client_id: str, alg: str = "RS256") -> dict[str, Any]:
    """The claims, after every check of section 2.6 that an application makes."""
    keys = KeySet.import_key_set(app.test_client().get("/.well-known/jwks.json").json)  # type: ignore[arg-type]
    decoded = jwt.decode(token, keys, algorithms=[alg])
    assert decoded.header["typ"] == "logout+jwt"
    claims = decoded.claims
    assert claims["iss"] == app.extensions["authserver"].settings.issuer
    assert claims["aud"] == client_id
    assert claims["events"] == {EVENT: {}}
    assert "nonce" not in claims
    assert claims["jti"]
    assert claims["exp"] - claims["iat"] == 120
    return dict(claims)


def receiving(folder: Path, house: "House") -> Iterator[Receiver]:
    """An application's server. Nothing waits that another test has left."""
    with within(house):
        stored.purge(before=2**40)
    receiver = Receiver(folder)
    receiver.up()
    yield receiver
    receiver.down()


def telling(app_with: Callable[..., Flask], receiver: Receiver) -> Iterator[Flask]:
    """A server that reaches the receiver, and delivers by itself."""
    app = app_with(**receiver.settings())
    yield app
    rounds.stop(app.extensions["authserver.house"].database)


def by_hand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread: the test itself calls `deliver`."""
    monkeypatch.setattr(logouts, "wake", lambda database, load: None)


def listener(app: Flask, receiver: Receiver, path: str = "/backchannel", **more: Any) -> Party:
    """A client that wants to be told, with tokens of a session of its user."""
    rp = party_at(app, backchannel_logout_uri=receiver.url(path), post_logout_redirect_uris=[GOODBYE], **more)
    assert rp.authorize(scope="openid read:realms").redeem().status_code == 200
    return rp


def in_same_browser(app: Flask, rp: Party, **metadata: Any) -> Party:
    """Another client in the browser, and so in the session, of this one."""
    client, secret = make_client(
        app.extensions["authserver.house"], **{"trusted": True, "scope": "openid offline_access", **metadata}
    )
    other = Party(rp.transport, client, secret)
    other.user = rp.user
    return other


def sign_out(rp: Party) -> None:
    """By the button of our own page."""
    page = rp.transport.send("GET", "/logout", body=None, headers={})
    body = encoded({"csrf_token": token_in(page.text)})
    left = rp.transport.send("POST", "/logout", body=body, headers={"Content-Type": FORM})
    assert (left.status_code, left.location) == (303, "/")


def sid_of(rp: Party) -> str:
    sid: str = claims_of(rp.tokens["id_token"])["sid"]
    return sid
