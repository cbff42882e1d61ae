"""Dynamic client registration (RFC 7591), cases DC1-DC4 and DC6."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine
from flask import Flask

from authserver.models import audit_events
from authserver.models.audit_events import Wanted
from authserver.models.listing import Part
from authserver.models.unit_of_work import unit_of_work
from tests.factories import make_user
from tests.relying_party import Reply
from tests.rfc.parallel import together
from tests.rfc.registrations import CALLBACK, WEB, Registrar, initial_token, party_of, stored
from tests.state import State

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
MakeApp = Callable[..., Flask]
#: Members of the answer beside the metadata.
OF_THE_ANSWER = {"client_id", "client_id_issued_at", "registration_access_token", "registration_client_uri"}


@pytest.fixture
def open_app(app_with: MakeApp) -> Flask:
    return app_with(registration="open")


@pytest.fixture
def registrar(open_app: Flask) -> Registrar:
    return Registrar(open_app.test_client())


@pytest.fixture
def token_app(app_with: MakeApp) -> Flask:
    return app_with(registration="token")


def refused(reply: Reply, error: str = "invalid_client_metadata", status: int = 400) -> None:
    assert (reply.status_code, reply.error) == (status, error), reply.text
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"


# -- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["closed", "token"])
def test_DC1_without_an_initial_token(app_with: MakeApp, mode: str, row_counts: Callable[[], State]) -> None:
    app, before = app_with(registration=mode), row_counts()

    reply = Registrar(app.test_client()).register()

    refused(reply, "invalid_token", 401)
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="authserver"'
    assert row_counts() == before


def test_DC1_closed_takes_no_token_at_all(app: Flask) -> None:
    reply = Registrar(app.test_client()).register(initial_token(app))

    refused(reply, "invalid_token", 401)


def test_s3_metadata_names_the_endpoint_where_it_can_be_used(app: Flask, open_app: Flask, token_app: Flask) -> None:
    def named(at: Flask) -> Any:
        return at.test_client().get("/.well-known/oauth-authorization-server").json.get("registration_endpoint")

    assert named(app) is None
    assert named(open_app) == named(token_app) == "http://localhost:8000/register"


def test_s3_1_initial_token_is_good_for_one_client_of_its_owner(token_app: Flask) -> None:
    house = token_app.extensions["authserver.house"]
    owner, _ = make_user(house)
    token, registrar = initial_token(token_app, owner_id=owner.id), Registrar(token_app.test_client())

    document = registrar.registered(token)

    client = stored(token_app, document["client_id"])
    assert client is not None
    assert client.owner_id == owner.id
    refused(registrar.register(token), "invalid_token", 401)


@pytest.mark.parametrize("token", ["ri_unknown", "ra_" + "A" * 43, "x"])
def test_s3_1_tokens_that_are_none(token_app: Flask, token: str) -> None:
    reply = Registrar(token_app.test_client()).register(token)

    refused(reply, "invalid_token", 401)
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]


def test_s3_1_open_registration_still_looks_at_a_token(registrar: Registrar) -> None:
    refused(registrar.register("ri_unknown"), "invalid_token", 401)
    refused(registrar.send("POST", "/register", WEB, Authorization="Basic YTpi"), "invalid_token", 401)


def test_s3_1_expired_initial_token(token_app: Flask, frozen: time_machine.Traveller) -> None:
    token = initial_token(token_app, uses=None, expires_at=int(time.time()) + 60)
    registrar = Registrar(token_app.test_client())
    registrar.registered(token)
    registrar.registered(token)
    frozen.shift(61)

    refused(registrar.register(token), "invalid_token", 401)


def test_s3_2_2_bad_metadata_does_not_spend_the_token(token_app: Flask) -> None:
    token, registrar = initial_token(token_app), Registrar(token_app.test_client())

    refused(registrar.register(token, grant_types=["password"]))

    registrar.registered(token)


def test_initial_token_used_16_times_at_once_makes_one_client(token_app: Flask) -> None:
    for _ in range(3):
        token = initial_token(token_app)
        replies = together(16, partial(Registrar(token_app.test_client()).register, token))
        assert sorted(reply.status_code for reply in replies) == [201] + [401] * 15


# -- what is answered --------------------------------------------------------------------------------------------------


def test_s3_2_1_answer_holds_all_that_was_registered(registrar: Registrar) -> None:
    asked = {
        "client_name": "Ada's Maps",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid read:realms",
        "token_endpoint_auth_method": "client_secret_post",
        "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.png",
        "tos_uri": "https://app.example/terms",
        "policy_uri": "https://app.example/privacy",
        "contacts": ["ada@app.example"],
        "post_logout_redirect_uris": ["https://app.example/bye"],
        "application_type": "web",
    }

    reply = registrar.register(**asked, favourite_colour="blue", software_id=None)

    assert reply.status_code == 201
    assert reply.headers["Cache-Control"] == "no-store"
    document = reply.json
    assert document.items() >= asked.items()
    assert {*document} >= OF_THE_ANSWER
    assert document["client_secret_expires_at"] == 0
    assert len(document["client_secret"]) >= 43
    assert abs(document["client_id_issued_at"] - time.time()) < 60
    assert document["registration_client_uri"] == f"http://localhost:8000/register/{document['client_id']}"
    assert "favourite_colour" not in document
    assert document["trusted"] is False


def test_s2_defaults(registrar: Registrar) -> None:
    document = registrar.registered()

    assert document["token_endpoint_auth_method"] == "client_secret_basic"
    assert document["grant_types"] == ["authorization_code", "refresh_token"]
    assert document["response_types"] == ["code"]
    assert document["application_type"] == "web"
    assert document["require_pkce"] is True
    assert document["client_name"] == "app.example"  # where it leads


def test_public_client_gets_no_secret_and_may_call_from_its_own_pages(registrar: Registrar) -> None:
    document = registrar.registered(
        token_endpoint_auth_method="none", redirect_uris=[CALLBACK, "http://localhost:6274/oauth/callback"]
    )

    assert "client_secret" not in document
    assert "client_secret_expires_at" not in document
    assert document["allowed_origins"] == ["https://app.example", "http://localhost:6274"]


@pytest.mark.parametrize(
    ("uris", "said", "kind"),
    [
        (["http://127.0.0.1/cb"], {}, "native"),
        (["com.example.app:/cb"], {}, "native"),
        (["http://localhost:33418/cb", "com.example.app:/cb"], {"token_endpoint_auth_method": "none"}, "native"),
        (["com.example.app:/cb"], {"application_type": "native"}, "native"),
        ([CALLBACK, "http://127.0.0.1/cb"], {}, "web"),
        (["http://localhost:8080/cb"], {"application_type": "web"}, "web"),
    ],
)
def test_s2_type_follows_from_the_redirect_uris(
    registrar: Registrar, uris: list[str], said: dict[str, str], kind: str
) -> None:
    assert registrar.registered(redirect_uris=uris, **said)["application_type"] == kind


def test_s3_registered_client_is_asked_about_and_not_called_verified(open_app: Flask, registrar: Registrar) -> None:
    user, password = make_user(open_app.extensions["authserver.house"])
    party = party_of(open_app, registrar.registered(client_name="Newcomer", scope="openid read:realms"))

    party.sign_in(user, password).authorize()

    assert party.at == "/consent"
    assert "Newcomer" in party.reply.text  # type: ignore[union-attr]
    assert party.consent().redeem().status_code == 200
    client = stored(open_app, party.client.client_id)
    assert client is not None
    assert (client.verified_at, client.trusted, client.owner_id) == (None, False, None)


def test_AD7_registration_leaves_an_audit_event_without_a_secret(open_app: Flask, registrar: Registrar) -> None:
    document = registrar.registered()

    with unit_of_work(open_app.extensions["authserver.house"].database):
        events = audit_events.search(Wanted(client_id=document["client_id"]), Part(10)).items
    assert [(one.tag, one.actor) for one in events] == [("client.created", "registration")]
    assert document["client_secret"] not in repr(events)
    assert document["registration_access_token"] not in repr(events)


def test_d41_any_origin_may_register(registrar: Registrar) -> None:
    preflight = registrar.http.options("/register", headers={"Origin": "https://spa.example"})

    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    reply = registrar.send("POST", "/register", WEB, Origin="https://spa.example")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
