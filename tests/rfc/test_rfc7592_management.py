"""Management of registered clients (RFC 7592), cases DC3, DC5 and AD4."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from authserver.models import clients as rows
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import clients
from tests.factories import ACTOR, make_client, make_user
from tests.relying_party import RelyingParty, Reply
from tests.rfc.registrations import CALLBACK, WEB, Registrar, initial_token, party_of, stored
from tests.state import State


@pytest.fixture
def open_app(app_with: Callable[..., Flask]) -> Flask:
    return app_with(registration="open")


@pytest.fixture
def registrar(open_app: Flask) -> Registrar:
    return Registrar(open_app.test_client())


@pytest.fixture
def client(registrar: Registrar) -> dict[str, Any]:
    return registrar.registered(client_name="First", scope="openid read:realms", client_uri="https://app.example/")


def refused(reply: Reply, error: str = "invalid_client_metadata", status: int = 400) -> None:
    assert (reply.status_code, reply.error) == (status, error), reply.text


def metadata(client: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a client sends to replace its metadata (section 2.2): not what only the server says."""
    of_the_server = {"registration_access_token", "registration_client_uri", "client_id_issued_at"}
    kept = {name: value for name, value in client.items() if name not in {*of_the_server, "client_secret_expires_at"}}
    return {**kept, **changes}


# -- section 2.1: read -------------------------------------------------------------------------------------------------


def test_s2_1_read_answers_what_is_registered(registrar: Registrar, client: dict[str, Any]) -> None:
    reply = registrar.manage("GET", client)

    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.json == {
        name: value for name, value in client.items() if name not in {"client_secret", "client_secret_expires_at"}
    }


def test_s3_registration_access_token_is_not_rotated(registrar: Registrar, client: dict[str, Any]) -> None:
    token = client["registration_access_token"]
    assert registrar.manage("GET", client).json["registration_access_token"] == token
    assert registrar.manage("PUT", client, metadata(client)).json["registration_access_token"] == token
    assert registrar.manage("GET", client).status_code == 200


def test_s3_works_where_registration_has_been_closed_since(app: Flask, client: dict[str, Any]) -> None:
    assert Registrar(app.test_client()).manage("GET", client).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_DC5_token_of_another_client(
    registrar: Registrar, client: dict[str, Any], row_counts: Callable[[], State], method: str
) -> None:
    other = registrar.registered()
    body, before = metadata(client) if method == "PUT" else None, row_counts()

    reply = registrar.manage(method, client, body, token=other["registration_access_token"])

    refused(reply, "invalid_token", 401)
    assert reply.headers["WWW-Authenticate"].startswith('Bearer realm="authserver", error="invalid_token"')
    assert row_counts() == before


def test_DC5_other_credentials_are_no_registration_access_token(open_app: Flask, registrar: Registrar) -> None:
    token = initial_token(open_app, uses=None)
    client = registrar.registered(token)
    for wrong in (token, client["client_secret"], "ra_" + "A" * 43):
        refused(registrar.manage("GET", client, token=wrong), "invalid_token", 401)
    refused(registrar.send("GET", f"/register/{client['client_id']}"), "invalid_token", 401)


@pytest.mark.parametrize("path", ["/register/%00", "/register/a%00b", "/register/%ff", f"/register/{'a' * 5000}"])
def test_IJ4_addresses_that_are_no_client(registrar: Registrar, client: dict[str, Any], path: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        reply = registrar.send(method, path, {}, token=client["registration_access_token"])
        assert (reply.status_code, reply.error) == (401, "invalid_token")


def test_s2_client_of_the_portal_has_no_such_token(open_app: Flask, registrar: Registrar) -> None:
    portal, _ = make_client(open_app.extensions["authserver.house"])
    own = registrar.registered()["registration_access_token"]

    refused(registrar.send("GET", f"/register/{portal.client_id}", token=own), "invalid_token", 401)
    refused(registrar.send("GET", "/register/absent", token=own), "invalid_token", 401)


def test_s2_1_disabled_client_is_403(open_app: Flask, registrar: Registrar, client: dict[str, Any]) -> None:
    with unit_of_work(open_app.extensions["authserver.house"].database) as unit:
        found = rows.find(client["client_id"])
        assert found is not None
        clients.set_enabled(found, False, actor=ACTOR)
        unit.commit()

    refused(registrar.manage("GET", client), "unauthorized_client", 403)
    refused(registrar.manage("PUT", client, metadata(client)), "unauthorized_client", 403)


# -- section 2.2: replace ----------------------------------------------------------------------------------------------


def test_s2_2_put_replaces_the_whole(open_app: Flask, registrar: Registrar, client: dict[str, Any]) -> None:
    new = {
        "client_id": client["client_id"],
        "client_name": "Second",
        "redirect_uris": ["https://app.example/new"],
        "tos_uri": "https://app.example/terms",
        "contacts": None,
    }

    reply = registrar.manage("PUT", client, new)

    assert reply.status_code == 200
    document = reply.json
    assert (document["client_name"], document["redirect_uris"]) == ("Second", ["https://app.example/new"])
    assert document["tos_uri"] == "https://app.example/terms"
    assert document["scope"] == ""
    assert {"client_uri", "client_secret", "contacts"} & {*document} == set()
    assert document["token_endpoint_auth_method"] == client["token_endpoint_auth_method"]
    assert registrar.manage("GET", client).json == document
    kept = stored(open_app, client["client_id"])
    assert kept is not None
    assert kept.name == "Second"


def test_s2_2_what_was_answered_can_be_sent_back(registrar: Registrar, client: dict[str, Any]) -> None:
    assert registrar.manage("PUT", client, metadata(client)).status_code == 200
    assert registrar.manage("PUT", client, client).status_code == 200  # also what it MUST NOT repeat changes nothing
    assert registrar.manage("GET", client).json["scope"] == client["scope"]


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "another"}, {"client_id": None}, {"client_secret": "chosen-by-myself-0123456789"},
        {"client_secret": 7}, {"trusted": True}, {"audience": "https://api.example"}, {"environment": "test"},
        {"meter": True}, {"scope": "openid admin"}, {"type": "resource_server"}, {"type": "machine"},
        {"grant_types": ["authorization_code", "client_credentials"]}, {"grant_types": ["password"]},
        {"token_endpoint_auth_method": "none"}, {"client_name": "a\u202eb"},
        {"backchannel_logout_uri": "https://10.0.0.1/x"}, {"logo_uri": "javascript:alert(1)"},
    ],
)  # fmt: skip
def test_DC5_AD4_what_cannot_be_put(
    registrar: Registrar, client: dict[str, Any], row_counts: Callable[[], State], change: dict[str, Any]
) -> None:
    before = row_counts()

    refused(registrar.manage("PUT", client, metadata(client, **change)))

    assert row_counts() == before


def test_s2_2_a_client_may_begin_to_sign_and_gets_no_secret_by_going_back(
    registrar: Registrar, client: dict[str, Any]
) -> None:
    posts = registrar.manage("PUT", client, metadata(client, token_endpoint_auth_method="client_secret_post"))
    assert posts.json["token_endpoint_auth_method"] == "client_secret_post"
    signs = {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/jwks"}
    assert registrar.manage("PUT", client, metadata(client, **signs)).status_code == 200
    signer = metadata({name: value for name, value in client.items() if name != "client_secret"}, **signs)
    refused(registrar.manage("PUT", client, {**signer, "token_endpoint_auth_method": "client_secret_basic"}))
    assert registrar.manage("PUT", client, signer).status_code == 200


def test_DC2_put_keeps_the_rules_of_redirect_uris(registrar: Registrar, client: dict[str, Any]) -> None:
    for uris in (["http://app.example/cb"], ["javascript:alert(1)"]):
        refused(registrar.manage("PUT", client, metadata(client, redirect_uris=uris)), "invalid_redirect_uri")
    refused(registrar.manage("PUT", client, metadata(client, redirect_uris=[])))
    refused(registrar.manage("PUT", client, b"[]"))


@pytest.mark.parametrize("change", [{"client_name": "Bank"}, {"redirect_uris": [CALLBACK, "https://evil.example/cb"]}])
def test_change_suspends_consent(
    open_app: Flask, registrar: Registrar, client: dict[str, Any], change: dict[str, Any]
) -> None:
    user, password = make_user(open_app.extensions["authserver.house"])
    party = party_of(open_app, client)
    party.sign_in(user, password).authorize().consent().redeem()
    assert party.authorize().code

    assert registrar.manage("PUT", client, metadata(client, **change)).status_code == 200

    assert party.authorize().at == "/consent"


def test_what_an_administrator_has_given_stays(open_app: Flask, registrar: Registrar, client: dict[str, Any]) -> None:
    with unit_of_work(open_app.extensions["authserver.house"].database) as unit:
        found = rows.find(client["client_id"])
        assert found is not None
        clients.change(found, {"trusted": True}, privileged=True, actor=ACTOR)
        unit.commit()

    reply = registrar.manage("PUT", client, {"client_id": client["client_id"], **WEB})

    assert reply.json["trusted"] is True


# -- section 2.3: end --------------------------------------------------------------------------------------------------


def test_s2_3_delete_ends_client_tokens_and_registration_access_token(
    open_app: Flask, registrar: Registrar, client: dict[str, Any]
) -> None:
    user, password = make_user(open_app.extensions["authserver.house"])
    party: RelyingParty = party_of(open_app, client)
    party.sign_in(user, password).authorize().consent().redeem()

    reply = registrar.manage("DELETE", client)

    assert (reply.status_code, reply.text) == (204, "")
    for method in ("GET", "DELETE"):
        refused(registrar.manage(method, client), "invalid_token", 401)
    assert stored(open_app, client["client_id"]) is None
    assert party.refresh().error == "invalid_client"
    assert party.userinfo().status_code == 401


def test_s2_methods(registrar: Registrar, client: dict[str, Any]) -> None:
    reply = registrar.manage("POST", client, {})
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, PUT, DELETE")
