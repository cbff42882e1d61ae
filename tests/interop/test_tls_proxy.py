"""A server that speaks http behind nginx that speaks TLS: the issuer is what the configuration says, to the byte."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from authserver.models.users import User
from authserver.resource_server import AuthorizationServer, Configuration
from tests.factories import CALLBACK, make_client, make_resource_server, make_user
from tests.interop import openid_client
from tests.interop.tls_proxy import certify, tls_proxy
from tests.processes import RunningServer, free_port
from tests.relying_party import RelyingParty, Remote, claims_of

pytestmark = pytest.mark.nginx
DOCUMENTS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


class Secure(Remote):
    """Over TLS, trusting one certificate."""

    def __init__(self, url: str, certificate: Path) -> None:
        super().__init__(url)
        self._session.verify = str(certificate)
        self._session.trust_env = False  # a bundle that the environment names would come first

    @property
    def cookies(self) -> dict[str, bool]:
        """Names of cookies, and whether each is Secure."""
        return {cookie.name: bool(cookie.secure) for cookie in self._session.cookies}


@dataclass(frozen=True, slots=True)
class Place:
    """A server behind its proxy, and its installation in this process."""

    issuer: str
    certificate: Path
    server: RunningServer
    app: Flask
    user: User
    password: str

    def party(self, **metadata: object) -> RelyingParty:
        house = self.app.extensions["authserver.house"]
        return RelyingParty(Secure(self.issuer, self.certificate), *make_client(house, trusted=True, **metadata))


@pytest.fixture
def place(
    tmp_path: Path, running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> Iterator[Place]:
    port, certificate = free_port(), certify(tmp_path)
    issuer = f"https://localhost:{port}"
    server = running_server(env={"AUTHSERVER_ISSUER": issuer, "AUTHSERVER_TRUSTED_PROXIES": "1"})
    beside = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=issuer)
    behind = urlsplit(server.url).port
    assert behind is not None
    with ExitStack() as stack:
        stack.enter_context(tls_proxy(tmp_path, port=port, behind=behind, certificate=certificate))
        yield Place(issuer, certificate, server, beside, *make_user(beside.extensions["authserver.house"]))


def test_everything_names_the_issuer_of_the_configuration_to_the_byte(place: Place) -> None:
    """RFC 8414 section 3.3, RFC 9207 section 2.4, OpenID Connect Core section 3.1.3.7."""
    rp = place.party()
    rp.authorize(scope="openid read:realms").sign_in(place.user, place.password)
    assert rp.answer["iss"] == place.issuer
    assert rp.redeem().status_code == 200
    for name in ("access_token", "id_token"):
        assert claims_of(rp.tokens[name])["iss"] == place.issuer
    asker = make_resource_server(place.app.extensions["authserver.house"])
    assert rp.introspect(as_=asker).json["iss"] == place.issuer
    assert rp.userinfo().json["sub"] == place.user.id
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    for headers in ({}, forged):
        for path in DOCUMENTS:
            document = rp.transport.send("GET", path, body=None, headers=headers).json
            assert document["issuer"] == place.issuer
            addresses = [value for name, value in document.items() if name.endswith(("_endpoint", "jwks_uri"))]
            assert len(addresses) > 8
            assert [one for one in addresses if not one.startswith(f"{place.issuer}/")] == []
            assert "evil.example" not in str(document)


def test_every_cookie_is_secure_and_bound_to_the_host(place: Place) -> None:
    """Decision 14."""
    rp = place.party()
    transport = rp.transport
    assert isinstance(transport, Secure)
    rp.authorize(scope="openid")
    found = transport.cookies
    rp.sign_in(place.user, place.password)
    found |= transport.cookies
    assert set(found) >= {"__Host-sid", "__Host-browser", "__Host-csrf"}
    assert all(secure and name.startswith("__Host-") for name, secure in found.items())
    login = transport.send("GET", "/login", body=None, headers={})
    assert "max-age" in login.headers["Strict-Transport-Security"]


def test_openid_client_signs_in_over_tls(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It compares issuers to the byte, and takes https only."""
    packages = openid_client.installed(tmp_path_factory.mktemp("node"))
    rp = place.party(scope="openid email offline_access read:realms")

    def browse(url: str) -> str:
        rp._browse("GET", url.removeprefix(place.issuer))
        rp.sign_in(place.user, place.password)
        assert rp.reply is not None
        return rp.reply.location

    found = openid_client.run(
        packages,
        browse=browse,
        ca=place.certificate,
        scenario="code",
        issuer=place.issuer,
        client_id=rp.client.client_id,
        client_secret=rp.secret,
        method="client_secret_basic",
        redirect_uri=CALLBACK,
        scope=rp.client.scope,
    )
    assert found["claims"]["iss"] == place.issuer
    assert found["userinfo"]["email"] == place.user.email
    assert found["after"] == {"active": False}


def test_a_resource_server_asks_and_follows_over_tls(place: Place) -> None:
    client, secret = make_resource_server(place.app.extensions["authserver.house"])
    assert client.audience is not None
    chosen = Configuration(
        issuer=place.issuer,
        client_id=client.client_id,
        client_secret=secret,
        audience=client.audience,
        ca_file=str(place.certificate),
    )
    rp = place.party()
    rp.authorize(scope="openid read:realms").sign_in(place.user, place.password).redeem()
    server = AuthorizationServer(chosen)
    access = server.introspect(rp.tokens["access_token"], ip=None, cost=None, follows=True)
    assert access is not None
    assert (access.claims["iss"], access.cache_ttl) == (place.issuer, 300)
    server.close()


def test_the_certificate_that_a_caller_claims_does_not_pass(place: Place) -> None:
    """RFC 9440 section 2.4: the proxy removes what a caller says, even where it verifies no certificates itself."""
    at = urlsplit(place.issuer)
    context = ssl.create_default_context(cafile=str(place.certificate))
    with (
        socket.create_connection(("127.0.0.1", at.port or 443), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as tls,
    ):
        lines = ["GET /userinfo HTTP/1.1", f"Host: {at.netloc}", "Client-Cert: :TUlJ:", "Connection: close", "", ""]
        tls.sendall("\r\n".join(lines).encode())
        assert tls.recv(100).startswith(b"HTTP/1.1 401")
