"""What registration refuses, and how often anybody may register (RFC 7591 section 3.2.2; cases DC2, DC3, DC6, SF1)."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from authserver.fetch import Failed, Fetched, Fetcher
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import registration, registration_limits
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


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "data:text/html,x", "https://*.example/cb", "http://app.example/cb", "//app.example/cb",
     "https://app.example/cb#x", "https://u@app.example/cb", "", "cb", "file:///etc/passwd"],
)  # fmt: skip
def test_DC2_redirect_uris(registrar: Registrar, row_counts: Callable[[], State], uri: str) -> None:
    before = row_counts()

    refused(registrar.register(redirect_uris=[uri]), "invalid_redirect_uri")

    assert row_counts() == before


@pytest.mark.parametrize("name", ["logo_uri", "client_uri", "tos_uri", "policy_uri", "post_logout_redirect_uris"])
@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", "https://*.example/", "http://app.example/"]
)
def test_DC2_other_addresses(registrar: Registrar, name: str, uri: str) -> None:
    value = [uri] if name.endswith("uris") else uri

    refused(registrar.register(**{name: value}))


@pytest.mark.parametrize(
    "member",
    [
        {"trusted": True}, {"audience": "https://api.example"}, {"environment": "test"}, {"meter": True},
        {"scope": "admin"}, {"scope": "openid admin"}, {"scope": "introspect"}, {"type": "resource_server"},
        {"type": "machine"}, {"type": "machine", "redirect_uris": []},
        {"grant_types": ["client_credentials"]}, {"grant_types": ["password"]}, {"grant_types": ["implicit"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"]},
        {"response_types": ["token"]}, {"response_types": ["code id_token"]}, {"token_endpoint_auth_method": "magic"},
        {"id_token_signed_response_alg": "none"}, {"redirect_uris": []}, {"redirect_uris": CALLBACK},
    ],
)  # fmt: skip
def test_DC3_nobody_grants_themselves_anything(
    registrar: Registrar, row_counts: Callable[[], State], member: dict[str, Any]
) -> None:
    before = row_counts()

    refused(registrar.register(**member))

    assert row_counts() == before


def test_DC3_grants_without_a_person_need_an_initial_token(token_app: Flask) -> None:
    registrar = Registrar(token_app.test_client())

    document = registrar.registered(
        initial_token(token_app), grant_types=["client_credentials"], redirect_uris=[], client_name="Job"
    )

    assert document["grant_types"] == ["client_credentials"]
    assert stored(token_app, document["client_id"]).type == "machine"  # type: ignore[union-attr]


def test_devices_register_without_a_redirect_uri(registrar: Registrar) -> None:
    document = registrar.registered(
        redirect_uris=[], grant_types=[DEVICE], client_name="TV", token_endpoint_auth_method="none"
    )

    assert document["grant_types"] == [DEVICE]


@pytest.mark.parametrize(
    "name", ["x" * 10_240, "Evil \u202egnp.exe", "a\nb", "a\u200bb", "\x1b[31mred", "", " ", 7, ["x"], "a\u2066b"]
)
def test_DC6_names_that_deceive(registrar: Registrar, name: object) -> None:
    refused(registrar.register(client_name=name))


EC = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip


@pytest.mark.parametrize(
    "keys",
    [
        {"jwks": {"keys": [EC]}, "jwks_uri": "https://app.example/jwks.json"},
        {"jwks": {"keys": [{**EC, "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}]}},
        {"jwks": {"keys": []}}, {"jwks": []}, {"jwks": "x"}, {"jwks": {"keys": [{**EC, "y": EC["x"]}]}},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"jwks": {"keys": [{"kty": "RSA", "n": "A" * 300 + "_" * 170 + "w", "e": "AQAB"}]}},  # zeros, then 1020 bits
    ],
)  # fmt: skip
def test_DC4_keys(registrar: Registrar, keys: dict[str, Any]) -> None:
    refused(registrar.register(**keys))


@pytest.mark.parametrize("name", ["jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "request_uris"])
@pytest.mark.parametrize(
    "uri",
    ["https://127.1/x", "https://0x7f.1/x", "https://[::ffff:127.0.0.1]/x", "https://169.254.169.254/x",
     "https://10.0.0.1/x", "https://127.0.0.1/x", "https://localhost/x", "http://app.example/x", "file:///etc/passwd",
     "gopher://app.example/x"],
)  # fmt: skip
def test_SF1_addresses_that_this_server_would_ask(registrar: Registrar, name: str, uri: str) -> None:
    refused(registrar.register(**{name: [uri] if name.endswith("uris") else uri}))


@pytest.mark.parametrize(
    "uri", ["https://127.1/l.png", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/",
            "https://10.0.0.1/", "file:///etc/passwd", "gopher://x/"]
)  # fmt: skip
def test_SF1_logo_at_an_address_that_is_not_public(registrar: Registrar, uri: str) -> None:
    refused(registrar.register(logo_uri=uri))


@pytest.mark.parametrize(
    "body",
    [b"", b"[1]", b"null", b'"x"', b"{", b"\xff\xfe", b'{"a": NaN}', b'{"a":1,"a":2}', b'{"client_name": "\\u0000"}',
     b'{"client_name": "\\ud800"}', b"[" * 10_000, b'{"x": ' + b"9" * 5000 + b"}", b'{"redirect_uris": [[]]}',
     b'{"redirect_uris": ["http://["]}', b'{"jwks": 1, "redirect_uris": ["https://a.example/"], "contacts": {}}'],
    ids=range(15),
)  # fmt: skip
def test_IJ3_IJ4_bodies_that_are_no_metadata(
    registrar: Registrar, body: bytes, row_counts: Callable[[], State]
) -> None:
    before = row_counts()

    reply = registrar.send("POST", "/register", body)

    assert reply.status_code == 400
    assert reply.error in {"invalid_client_metadata", "invalid_redirect_uri"}
    assert row_counts() == before


def test_s3_1_body_must_be_json(registrar: Registrar) -> None:
    answer = registrar.http.post("/register", data={"redirect_uris": CALLBACK})
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")
    assert registrar.send("POST", "/register", b"x" * 70_000).status_code == 413
    assert registrar.http.get("/register").status_code == 405


# -- limits ------------------------------------------------------------------------------------------------------------


def test_DC6_registrations_from_one_address_are_limited(
    open_app: Flask, monkeypatch: pytest.MonkeyPatch, frozen: time_machine.Traveller, row_counts: Callable[[], State]
) -> None:
    assert registration_limits.PER_ADDRESS < 1000
    monkeypatch.setattr(registration_limits, "PER_ADDRESS", 3)
    registrar = Registrar(open_app.test_client())
    for _ in range(3):
        registrar.registered()
    before = row_counts()

    reply = registrar.register()

    refused(reply, "slow_down", 429)
    assert 0 < int(reply.headers["Retry-After"]) <= 3600
    assert row_counts() == before
    Registrar(open_app.test_client()).registered()  # another address
    frozen.shift(3601)
    registrar.registered()


def test_DC6_many_at_once_are_counted_exactly(open_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration_limits, "PER_ADDRESS", 5)
    registrar = Registrar(open_app.test_client())

    replies = together(16, registrar.register)

    assert sorted(reply.status_code for reply in replies) == [201] * 5 + [429] * 11


def test_SF4_hosts_are_asked_no_more_often_than_anybody_may_register(
    registrar: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = registrar.registered(), list[str]()

    def say_nothing(_fetcher: Fetcher, url: str, **_: Any) -> Fetched:
        asked.append(url)
        raise Failed("no answer")

    monkeypatch.setattr(Fetcher, "get", say_nothing)
    monkeypatch.setattr(registration_limits, "PER_ADDRESS", 3)
    sector = {"subject_type": "pairwise", "sector_identifier_uri": "https://sector.example/list.json"}

    refused(registrar.register(**sector))
    refused(registrar.manage("PUT", client, {**WEB, **sector, "client_id": client["client_id"]}))

    assert len(asked) == 2
    refused(registrar.register(**sector), "slow_down", 429)
    refused(registrar.manage("PUT", client, {**WEB, **sector, "client_id": client["client_id"]}), "slow_down", 429)
    assert len(asked) == 2


def test_DC6_initial_tokens_are_not_limited_by_address(open_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration_limits, "PER_ADDRESS", 1)
    registrar = Registrar(open_app.test_client())
    registrar.registered()

    registrar.registered(initial_token(open_app))


def test_unused_clients_are_forgotten_and_others_stay(open_app: Flask, frozen: time_machine.Traveller) -> None:
    registrar = Registrar(open_app.test_client())
    user, password = make_user(open_app.extensions["authserver.house"])
    used, unused = registrar.registered(), registrar.registered()
    invited = registrar.registered(initial_token(open_app))
    party_of(open_app, used).sign_in(user, password).authorize(scope="openid").consent().redeem()
    frozen.shift(registration.UNUSED_FOR + 86400)

    with unit_of_work(open_app.extensions["authserver.house"].database) as unit:
        assert registration.purge() >= 1
        unit.commit()

    assert stored(open_app, unused["client_id"]) is None
    assert stored(open_app, used["client_id"]) is not None
    assert stored(open_app, invited["client_id"]) is not None
    refused(registrar.manage("GET", unused), "invalid_token", 401)
