"""npm openid-client, unmodified, against a running server: nothing is configured but the issuer and the client."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from joserfc.jwk import ECKey

from authserver.models.users import User
from authserver.oauth.device import GRANT_TYPE as DEVICE_CODE
from tests.conftest import _prepared
from tests.databases import fresh_database
from tests.factories import CALLBACK, make_api_key, make_client, make_resource_server, make_user
from tests.interop import openid_client
from tests.processes import RunningServer, running
from tests.relying_party import RelyingParty, Remote

LOGGED_OUT = "https://client.example/bye"
SCOPE = "openid profile email offline_access read:realms"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
API_KEY = "urn:realmkit:params:oauth:token-type:api-key"


@dataclass(frozen=True, slots=True)
class Place:
    """A running server, its installation in this process, and where node finds its packages."""

    server: RunningServer
    app: Flask
    packages: Path
    user: User
    password: str

    def client(self, **metadata: Any) -> RelyingParty:
        """A client whose user has a browser of their own."""
        metadata = {"trusted": True, "scope": SCOPE, "post_logout_redirect_uris": [LOGGED_OUT], **metadata}
        return RelyingParty(Remote(self.server.url), *make_client(self.app.extensions["authserver.house"], **metadata))

    def run(self, scenario: str, rp: RelyingParty, **more: Any) -> dict[str, Any]:
        """What openid-client has found out."""
        given = {
            "issuer": self.server.url,
            "client_id": rp.client.client_id,
            "client_secret": rp.secret,
            "method": rp.client.token_endpoint_auth_method,
            "redirect_uri": CALLBACK,
            "post_logout_redirect_uri": LOGGED_OUT,
            "scope": rp.client.scope,
            **more,
        }
        return openid_client.run(self.packages, browse=lambda url: self.browse(rp, url), scenario=scenario, **given)

    def browse(self, rp: RelyingParty, url: str) -> str:
        """The person: follows the address, signs in, agrees, and lands at the application."""
        assert url.startswith(f"{self.server.url}/"), url
        rp._browse("GET", url.removeprefix(self.server.url))
        if rp.at == "/login":
            rp.sign_in(self.user, self.password)
        for path in ("/consent", "/device"):
            if rp.at == path:
                rp._submit(path, {"decision": "allow"})
        assert rp.reply is not None
        return rp.reply.location or self.server.url


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Place]:
    from authserver.settings import Settings

    packages = openid_client.installed(tmp_path_factory.mktemp("node"))
    directory = tmp_path_factory.mktemp("server")
    env = {"AUTHSERVER_REGISTRATION": "open"}
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(directory))
        server = stack.enter_context(running(directory, database=url, keys_dir=keys_dir, env=env))
        settings = Settings(
            issuer=server.url, data_dir=directory, keys_dir=keys_dir, database_url=url, password_memory=8192
        )
        app = stack.enter_context(_prepared(settings))
        yield Place(server, app, packages, *make_user(app.extensions["authserver.house"]))


@pytest.fixture(scope="module")
def key() -> tuple[dict[str, Any], str]:
    """A client's public JWK, and its private key as node reads it."""
    made = ECKey.generate_key("P-256", parameters={"kid": "interop"}, private=True)
    private = made.private_key
    assert private is not None
    pkcs8 = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {**made.as_dict(private=False), "kid": "interop"}, base64.b64encode(pkcs8).decode()


def lived(place: Place, found: dict[str, Any], *, token_type: str = "bearer") -> None:
    """Signed in, asked, refreshed, introspected, revoked."""
    assert found["token_type"].lower() == token_type
    assert found["claims"]["iss"] == place.server.url
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["userinfo"]["email"] == place.user.email
    assert found["introspected"]["active"] is True
    assert found["introspected"]["username"] == place.user.username
    assert found["after"] == {"active": False}


Keyed = tuple[dict[str, Any], str]


def test_discovery(place: Place) -> None:
    """OpenID Connect Discovery section 4, RFC 8414 section 3."""
    rp = place.client()
    found = place.run("discovery", rp)
    assert (found["issuer"], found["pkce"]) == (place.server.url, True)
    assert place.run("oauth_discovery", rp)["issuer"] == place.server.url


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_code_with_pkce_userinfo_refresh_introspection_and_revocation(place: Place, method: str) -> None:
    lived(place, place.run("code", place.client(token_endpoint_auth_method=method)))


def test_consent_is_given_once(place: Place) -> None:
    lived(place, place.run("code", place.client(trusted=False)))


def test_a_public_client(place: Place) -> None:
    found = place.run("public", place.client(type="spa", token_endpoint_auth_method="none"))
    assert found["userinfo"]["email"] == place.user.email
    assert found["again"] == "invalid_grant"


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
def test_id_tokens_of_every_algorithm(place: Place, alg: str) -> None:
    lived(place, place.run("code", place.client(id_token_signed_response_alg=alg)))


def test_rp_initiated_logout(place: Place) -> None:
    found = place.run("logout", place.client())
    assert found["back"] == f"{LOGGED_OUT}?state=bye"


def test_client_credentials(place: Place) -> None:
    rp = place.client(type="machine", grant_types=["client_credentials"], scope="read:realms")
    audience = make_resource_server(place.app.extensions["authserver.house"])[0].audience
    found = place.run("client_credentials", rp, parameters={"resource": audience})
    assert found["introspected"]["aud"] == [audience]


def test_device(place: Place) -> None:
    rp = place.client(grant_types=["authorization_code", "refresh_token", DEVICE_CODE])
    found = place.run("device", rp)
    assert found["userinfo"]["email"] == place.user.email


def test_private_key_jwt(place: Place, key: Keyed) -> None:
    metadata = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key[0]]}}
    lived(place, place.run("private_key_jwt", place.client(**metadata), private_key=key[1], kid="interop"))


def test_token_exchange(place: Place) -> None:
    house = place.app.extensions["authserver.house"]
    rp = place.client(type="machine", grant_types=[EXCHANGE], scope="read:realms")
    audience, (_, secret) = make_resource_server(house)[0].audience, make_api_key(house, place.user)
    asked = {"subject_token": secret, "subject_token_type": API_KEY, "resource": audience, "scope": "read:realms"}
    found = place.run("token_exchange", rp, parameters=asked)
    assert (found["introspected"]["aud"], found["introspected"]["sub"]) == ([audience], place.user.id)


def test_par(place: Place) -> None:
    found = place.run("par", place.client(require_pushed_authorization_requests=True))
    lived(place, found)
    assert found["asked"] == ["client_id", "request_uri"]


def test_jar(place: Place, key: Keyed) -> None:
    metadata = {"jwks": {"keys": [key[0]]}, "request_object_signing_alg": "ES256"}
    lived(place, place.run("jar", place.client(**metadata), private_key=key[1], kid="interop"))


def test_jarm(place: Place) -> None:
    lived(place, place.run("jarm", place.client(authorization_signed_response_alg="ES256")))


@pytest.mark.parametrize("alg", ["ES256", "PS256", "Ed25519"])
def test_dpop(place: Place, alg: str) -> None:
    lived(place, place.run("dpop", place.client(dpop_bound_access_tokens=True), alg=alg), token_type="dpop")


def test_fapi_2_private_key_jwt_par_and_dpop(place: Place, key: Keyed) -> None:
    metadata = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key[0]]},
        "require_pushed_authorization_requests": True,
        "dpop_bound_access_tokens": True,
    }
    found = place.run("fapi", place.client(**metadata), private_key=key[1], kid="interop")
    lived(place, found, token_type="dpop")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_dynamic_registration(place: Place, method: str) -> None:
    more = {"grant_types": ["authorization_code", "refresh_token"], "scope": SCOPE}
    more |= {"token_endpoint_auth_method": method}
    found = place.run("registration", place.client(token_endpoint_auth_method=method), registered=more)
    assert found["registered"]["client_id"]
    lived(place, found)


def test_refusals_are_understood(place: Place) -> None:
    rp = place.client()
    said = place.run("refused", rp)
    assert said["client"]["error"] == "unauthorized_client"
    assert (said["refresh"]["error"], said["refresh"]["status"]) == ("invalid_grant", 400)
    wrong = place.run("refused", rp, client_secret="wrong")
    assert {one["status"] for one in wrong.values()} == {401}


def test_the_address_that_comes_back_names_the_issuer(place: Place) -> None:
    """RFC 9207: openid-client demands it because the metadata promise it."""
    rp = place.client()
    came: list[str] = []
    given = {"issuer": place.server.url, "client_id": rp.client.client_id, "client_secret": rp.secret}
    more = {"redirect_uri": CALLBACK, "scope": SCOPE, "method": "client_secret_basic"}

    def browse(url: str) -> str:
        came.append(place.browse(rp, url))
        return came[-1]

    openid_client.run(place.packages, browse=browse, scenario="code", **given, **more)
    assert parse_qs(urlsplit(came[0]).query)["iss"] == [place.server.url]


