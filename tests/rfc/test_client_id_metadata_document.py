"""Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document), cases SF1-SF4 and DC2-DC4, DC6."""

import html
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey

from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from authserver.oauth import client_document, clients
from tests.factories import ACTOR, PASSWORD, make_user, unique
from tests.forms import forms
from tests.rfc.documents import DocumentHost, hosting, is_unknown, party
from tests.rfc.registrations import stored
from tests.state import State

LOOPBACK = "http://127.0.0.1:50123/cb"
MakeApp = Callable[..., Flask]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentHost]:
    with hosting(tmp_path_factory.mktemp("documents")) as found:
        yield found


@pytest.fixture
def docs_app(app_with: MakeApp, host: DocumentHost) -> Flask:
    return app_with(registration="open", **host.settings())


@pytest.fixture
def user(docs_app: Flask) -> User:
    return make_user(docs_app.extensions["authserver.house"])[0]


# -- the way of a client -----------------------------------------------------------------------------------------------


def test_client_that_nobody_has_registered_gets_its_tokens(docs_app: Flask, host: DocumentHost, user: User) -> None:
    url = host.client()
    rp = party(docs_app, url)

    rp.sign_in(user, PASSWORD).authorize()

    assert rp.at == "/consent"
    assert "Inspector" in rp.reply.text  # type: ignore[union-attr]
    assert f'Published at <b><bdi dir="ltr">127.0.0.1:{host.port}</bdi></b>' in rp.reply.text  # type: ignore[union-attr]
    assert rp.consent().redeem().status_code == 200
    assert rp.refresh().status_code == 200
    assert set(rp.tokens["scope"].split()) == {"openid", "offline_access", "read:realms"}
    client = stored(docs_app, url)
    assert client is not None
    assert (client.type, client.public, client.trusted, client.verified_at) == ("native", True, False, None)
    answer = docs_app.test_client().get("/userinfo", headers={"Authorization": f"Bearer {rp.tokens['access_token']}"})
    assert answer.status_code == 200


def test_url_may_be_as_long_as_it_says(docs_app: Flask, host: DocumentHost, user: User) -> None:
    path = "/clients/"
    path += "x" * (client_document.LONGEST - len(host.url(path)))
    rp = party(docs_app, host.client(path))

    assert rp.sign_in(user, PASSWORD).authorize().consent().redeem().status_code == 200
    assert is_unknown(party(docs_app, host.client(f"{path}x")).authorize())


def test_metadata_says_whether_they_are_taken(app: Flask, app_with: MakeApp, docs_app: Flask) -> None:
    def said(at: Flask) -> Any:
        return (
            at.test_client()
            .get("/.well-known/oauth-authorization-server")
            .json["client_id_metadata_document_supported"]
        )

    assert said(docs_app) is True
    assert said(app) is said(app_with(registration="token")) is False


@pytest.mark.parametrize("mode", ["closed", "token"])
def test_nobody_is_asked_where_registration_is_not_open(
    app_with: MakeApp, host: DocumentHost, row_counts: Callable[[], State], mode: str
) -> None:
    app, url, before = app_with(registration=mode, **host.settings()), host.client(), row_counts()
    host.asked.clear()

    assert is_unknown(party(app, url).authorize())

    assert host.asked == []
    assert row_counts() == before


def test_person_finds_the_client_and_ends_its_access(docs_app: Flask, host: DocumentHost, user: User) -> None:
    rp = party(docs_app, host.client())
    rp.sign_in(user, PASSWORD).authorize().consent().redeem()
    (address,) = set(re.findall(r'href="(/account/apps/[^"]+)"', rp._browse("GET", "/account/apps").reply.text))  # type: ignore[union-attr]

    rp._browse("GET", html.unescape(address))

    assert rp.reply is not None
    assert rp.reply.status_code == 200
    assert "Inspector" in rp.reply.text
    (action,) = {form.action for form in forms(rp.reply.text) if form.action.endswith("/revoke")}
    rp._submit(urlsplit(action).path, {})
    assert rp.at == "/account/apps"
    assert rp.refresh().error == "invalid_grant"


def test_administrator_finds_the_client(docs_app: Flask, host: DocumentHost) -> None:
    admin, _ = make_user(docs_app.extensions["authserver.house"], is_admin=True)
    rp = party(docs_app, host.client(client_name=unique("Documented")))
    rp.sign_in(admin, PASSWORD).authorize().consent().redeem()
    name = stored(docs_app, rp.client.client_id).name  # type: ignore[union-attr]
    page = rp._browse("GET", f"/admin/apps?q={name}").reply.text  # type: ignore[union-attr]
    (address,) = set(re.findall(r'href="(/admin/apps/[^"?]+)"', page))

    rp._browse("GET", html.unescape(address))

    assert rp.reply is not None
    assert (rp.reply.status_code, name in rp.reply.text) == (200, True)
    links = set(re.findall(r'href="(/admin/apps/[^"?]+/verify)"', rp.reply.text))
    assert [rp._browse("GET", html.unescape(link)).reply.status_code for link in links] == [200]  # type: ignore[union-attr]


def test_client_pushes_its_first_request(docs_app: Flask, host: DocumentHost, user: User) -> None:
    rp = party(docs_app, host.client())
    rp.sign_in(user, PASSWORD)
    pushed = {"response_type": "code", "redirect_uri": LOOPBACK, "scope": "openid", "state": "s"}
    challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}

    reply = rp.post("/par", {**pushed, **challenge})

    assert reply.status_code == 201
    rp._browse("GET", f"/authorize?client_id={rp.client.client_id}&request_uri={reply.json['request_uri']}")
    assert rp.at == "/consent"


def test_document_for_every_server_loses_what_this_one_does_not_offer(docs_app: Flask, host: DocumentHost) -> None:
    url = host.client(
        redirect_uris=["http://127.0.0.1/cb", "http://app.example/cb", "javascript:alert(1)", "https://app.example/cb"],
        grant_types=["authorization_code", "refresh_token", "implicit", "client_credentials"],
        response_types=["code", "token"],
        scope="openid unknown:scope admin read:realms",
        post_logout_redirect_uris=["ftp://app.example/"],
        token_endpoint_auth_method="none",
        favourite_colour="blue",
        type="machine",
    )

    party(docs_app, url).authorize()

    client = stored(docs_app, url)
    assert client is not None
    assert client.redirect_uris == ("http://127.0.0.1/cb", "https://app.example/cb")
    assert client.grant_types == ("authorization_code", "refresh_token")
    assert (client.scope, client.post_logout_redirect_uris) == ("openid read:realms", ())


def test_client_proves_itself_by_a_key_of_its_document(docs_app: Flask, host: DocumentHost, user: User) -> None:
    key, url = ECKey.generate_key("P-256", {"kid": "1"}), ""
    public = {"keys": [key.as_dict(private=False)]}
    url = host.client(token_endpoint_auth_method="private_key_jwt", jwks=public, grant_types=["authorization_code"])
    rp = party(docs_app, url)

    rp.sign_in(user, PASSWORD).authorize().consent()

    code, proof = rp.code, {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    now = int(time.time())
    claims = {"iss": url, "sub": url, "aud": "http://localhost:8000", "exp": now + 60, "iat": now, "jti": unique("jti")}
    proof["client_assertion"] = jwt.encode({"alg": "ES256", "kid": "1"}, claims, key)
    assert rp.redeem(code=code).error == "invalid_client"  # by its name alone
    reply = rp.redeem(code=code, **proof)
    assert reply.status_code == 200, reply.text


# -- what is no client -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [
        {"client_id": "https://127.0.0.1/other.json"}, {"client_id": None}, {"client_id": 7},
        {"client_secret": "0123456789abcdef0123456789abcdef"}, {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "client_secret_basic"}, {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "client_secret_jwt"}, {"token_endpoint_auth_method": "private_key_jwt"},
        {"trusted": True}, {"audience": "https://api.example"}, {"environment": "test"}, {"meter": True},
        {"redirect_uris": []}, {"redirect_uris": None}, {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["http://app.example/cb"]}, {"redirect_uris": "http://127.0.0.1/cb"}, {"scope": "admin"},
        {"scope": ["openid"]}, {"client_name": "a\u202eb"}, {"client_name": "x" * 10_000},
        {"client_uri": "javascript:alert(1)"}, {"logo_uri": "https://169.254.169.254/"}, {"grant_types": ["implicit"]},
    ],
)  # fmt: skip
def test_DC2_DC3_documents_that_are_no_client(
    docs_app: Flask, host: DocumentHost, row_counts: Callable[[], State], members: dict[str, Any]
) -> None:
    url = host.client(**members)

    assert is_unknown(party(docs_app, url).authorize())

    assert stored(docs_app, url) is None


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (b"", {}), (b"[]", {}), (b"null", {}), (b"{", {}), (b"\xff", {}), (b"[" * 10_000, {}), (b"x" * 600_000, {}),
        (b'{"a": 1, "a": 2}', {}), (b"{}", {"status": 404}), (b"{}", {"status": 302, "Location": "https://127.0.0.1/"}),
        (b"{}", {"status": 500}), (b"{}", {"Content-Type": "text/html"}),
    ],
    ids=range(12),
)  # fmt: skip
def test_SF3_SF4_answers_that_are_no_document(
    docs_app: Flask, host: DocumentHost, body: bytes, how: dict[str, Any]
) -> None:
    url = host.client()
    path = url.partition(str(host.port))[2]
    host.say(path, body, **how)

    assert is_unknown(party(docs_app, url).authorize())

    assert stored(docs_app, url) is None


def test_document_is_good_only_up_to_its_size(docs_app: Flask, host: DocumentHost) -> None:
    url = host.client(software_version="x" * client_document.LARGEST)
    assert is_unknown(party(docs_app, url).authorize())


def test_document_of_another_type_is_no_document(docs_app: Flask, host: DocumentHost) -> None:
    url = host.client()
    path = url.partition(str(host.port))[2]
    _, _, body = host.answers[path]
    host.say(path, body, Content_Type="text/html")
    assert is_unknown(party(docs_app, url).authorize())
    host.say(path, body, Content_Type="application/client-metadata+json; charset=utf-8")
    assert party(docs_app, url).authorize().at == "/login"


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1:1", "https://127.0.0.1:1/", "https://u:p@127.0.0.1:1/c", "https://127.0.0.1:1/c#f",
     "https://127.0.0.1:1/a/../c", "https://127.0.0.1:1/./c", "https://127.0.0.1:1/%2e%2e/c", "https:///c",
     "http://127.0.0.1:1/c", "https://127.0.0.1:1/ c", "https://[/c", "https://127.0.0.1:1\\@x/c",
     "https://127.0.0.1:1/" + "c" * 500, "https://127.0.0.1:0/c", "HTTPS://127.0.0.1:1/c", "https://10.0.0.1/c",
     "https://169.254.169.254/latest/meta-data/", "https://0x7f.1/c", "https://localhost/c"],
)  # fmt: skip
def test_SF1_urls_that_are_not_asked(
    app_with: MakeApp, monkeypatch: pytest.MonkeyPatch, row_counts: Callable[[], State], url: str
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *where, **_: asked.append(where))

    assert is_unknown(party(app_with(registration="open"), url).authorize())

    assert asked == []


def test_client_that_is_switched_off_stays_off(docs_app: Flask, host: DocumentHost) -> None:
    url = host.client()
    party(docs_app, url).authorize()
    with unit_of_work(docs_app.extensions["authserver.house"].database) as unit:
        client = stored(docs_app, url)
        assert client is not None
        clients.set_enabled(client, False, actor=ACTOR)
        unit.commit()

    assert is_unknown(party(docs_app, url).authorize())
