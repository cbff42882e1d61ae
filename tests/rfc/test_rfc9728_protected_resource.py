"""Protected resource metadata (RFC 9728): from the refusal of an API to a token for it, with nothing configured."""

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.resource_server import Access, Configuration, Protection
from authserver.resource_server.access import read
from tests.factories import PASSWORD, make_resource_server, make_user, unique
from tests.relying_party import Credentials, RelyingParty, claims_of
from tests.rfc.registrations import Registrar, party_of

ISSUER = "http://localhost:8000"


class Asking:
    """The authorization server of the tests, asked as a resource server asks it."""

    def __init__(self, app: Flask, api: Credentials) -> None:
        self.rp = RelyingParty(app.test_client(), *api)

    def introspect(self, token: str, *, ip: str | None, cost: int | None, follows: bool = False) -> Access | None:
        return read(self.rp.introspect(token).json, now=int(time.time()))

    def count_anonymous(self, ip: str) -> Access:
        return Access("anonymous")


@pytest.fixture
def open_app(app_with: Callable[..., Flask]) -> Flask:
    return app_with(registration="open")


@pytest.fixture
def api(open_app: Flask) -> FlaskClient:
    """An API below a path of its host, which takes tokens of this server."""
    audience = f"https://{unique('api')}.example/realms"
    client, secret = make_resource_server(open_app.extensions["authserver.house"], audience=audience)
    app = Flask(__name__)
    configuration = Configuration(ISSUER, client.client_id, secret, audience, follow_revocations=False)
    protection = Protection(app, configuration, Asking(open_app, (client, secret)))
    app.add_url_rule("/realms/mine", "mine", protection.requires("read:realms")(lambda: "mine"))
    return app.test_client()


def metadata_url(api: FlaskClient) -> str:
    """Section 5.1: where the refusal says that the metadata is."""
    refusal = api.get("/realms/mine")
    assert refusal.status_code == 401
    found = re.search(r'resource_metadata="([^"]+)"', refusal.headers["WWW-Authenticate"])
    assert found is not None
    return found[1]


def test_s3_1_well_known_stands_between_host_and_path(api: FlaskClient) -> None:
    place = urlsplit(metadata_url(api))

    assert place.path == "/.well-known/oauth-protected-resource/realms"
    answer = api.get(place.path)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    # Section 3.3: the resource is the one that the address was made of, to the byte.
    assert answer.json["resource"] == f"https://{place.netloc}/realms"
    assert answer.json["authorization_servers"] == [ISSUER]
    assert answer.json["scopes_supported"] == ["read:realms"]
    assert answer.json["bearer_methods_supported"] == ["header"]


def test_client_finds_its_way_from_the_refusal_to_a_token(open_app: Flask, api: FlaskClient) -> None:
    resource = api.get(urlsplit(metadata_url(api)).path).json
    (issuer,) = resource["authorization_servers"]
    server = open_app.test_client().get("/.well-known/oauth-authorization-server").json
    assert server["issuer"] == issuer  # RFC 8414 section 3.3
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert "none" in server["token_endpoint_auth_methods_supported"]
    registrar = Registrar(open_app.test_client())
    assert urlsplit(server["registration_endpoint"]).path == "/register"
    rp = party_of(open_app, registrar.registered(token_endpoint_auth_method="none"))
    user, _ = make_user(open_app.extensions["authserver.house"])
    wanted = {"scope": " ".join(resource["scopes_supported"]), "resource": resource["resource"]}

    rp.sign_in(user, PASSWORD).authorize(**wanted).consent().redeem(resource=resource["resource"])

    assert claims_of(rp.tokens["access_token"])["aud"] == resource["resource"]
    assert served(api, rp) == 200
    assert rp.refresh(resource=resource["resource"]).status_code == 200
    assert served(api, rp) == 200


def test_s7_4_token_for_another_resource_is_refused(open_app: Flask, api: FlaskClient) -> None:
    other, _ = make_resource_server(open_app.extensions["authserver.house"])
    user, _ = make_user(open_app.extensions["authserver.house"])
    rp = party_of(open_app, Registrar(open_app.test_client()).registered(token_endpoint_auth_method="none"))

    rp.sign_in(user, PASSWORD).authorize(scope="read:realms", resource=other.audience).consent().redeem()

    assert claims_of(rp.tokens["access_token"])["aud"] == other.audience
    assert served(api, rp) == 401


def served(api: FlaskClient, rp: RelyingParty) -> int:
    """How the API receives the token."""
    bearer = {"Authorization": f"Bearer {rp.tokens['access_token']}"}
    return api.get("/realms/mine", headers=bearer).status_code
