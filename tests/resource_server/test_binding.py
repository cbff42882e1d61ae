"""Bound tokens at a protected API: DPoP proofs (RFC 9449 section 7) and certificates (RFC 8705 section 3)."""

import hashlib
import importlib.util
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import OKPKey, RSAKey
from werkzeug.test import TestResponse

from authserver.oauth.dpop import token_hash
from authserver.resource_server import AuthorizationServer, Protection
from authserver.resource_server.binding import NEWEST, OLDEST, Seen
from tests.resource_server.asking import ask, problem
from tests.resource_server.conftest import Make, configuration
from tests.resource_server.fake_server import GOOD, FakeServer, claims
from tests.rfc.proofs import make_proof, new_key

KEY, OTHER = new_key(), new_key()
URL = "https://api.example/realms"
Showing = Callable[[bytes | None], FlaskClient]
CERTIFICATE = b"the DER of a certificate"
THUMBPRINT = urlsafe_b64encode(hashlib.sha256(CERTIFICATE).digest()).rstrip(b"=").decode()


def proof(**changes: Any) -> str:
    made = {"key": KEY, "method": "GET", "url": URL, "token": GOOD, **changes}
    return make_proof(made.pop("key"), made.pop("method"), made.pop("url"), **made)


def call(api: FlaskClient, *proofs: str, scheme: str = "DPoP", path: str = "/realms", **more: Any) -> TestResponse:
    headers = [("Authorization", f"{scheme} {GOOD}"), *(("DPoP", one) for one in proofs)]
    return api.get(path, headers=headers, **more)


def bound(key: Any = KEY, **changes: Any) -> dict[str, Any]:
    return claims(token_type="DPoP", token_use="access_token", cnf={"jkt": key.thumbprint()}, **changes)


@pytest.fixture
def api(api_with: Make, fake: FakeServer) -> FlaskClient:
    """The token that it is asked with is bound to KEY."""
    fake.tokens[GOOD] = bound()
    return api_with()


def is_refused(answer: TestResponse, error: str) -> None:
    assert answer.status_code == 401
    said = answer.headers["WWW-Authenticate"]
    assert said.startswith(f'DPoP realm="RealmKit", error="{error}"')
    assert 'algs="ES256 ' in said
    assert problem(answer)["error"] == error


def test_s7_1_a_bound_token_and_its_proof(api: FlaskClient) -> None:
    assert call(api, proof()).get_json()["sub"] == "usr_ada"
    assert call(api, proof(url=f"{URL}?page=2#x"), scheme="dpop").status_code == 200
    assert call(api, proof(url="HTTPS://API.example:443/realms")).status_code == 200


@pytest.mark.parametrize(
    ("alg", "key"),
    [("RS256", RSAKey.generate_key(2048)), ("PS256", RSAKey.generate_key(2048)), ("EdDSA", OKPKey.generate_key())],
    ids=["RS256", "PS256", "EdDSA"],
)
def test_s5_1_other_keys(api: FlaskClient, fake: FakeServer, alg: str, key: Any) -> None:
    fake.tokens[GOOD] = bound(key)
    assert call(api, proof(key=key, alg=alg)).status_code == 200


def test_DP3_a_bound_token_is_no_bearer_token(api: FlaskClient) -> None:
    is_refused(ask(api, "/realms"), "invalid_token")
    is_refused(call(api, proof(), scheme="Bearer"), "invalid_token")


@pytest.mark.parametrize("changes", [{"key": OTHER}, {"token": "another"}, {"token": None}])
def test_DP3_the_proof_of_another_key_or_token(api: FlaskClient, changes: dict[str, Any]) -> None:
    is_refused(call(api, proof(**changes)), "invalid_token")


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"}, {"htm": None}, {"url": "https://api.example/both"}, {"url": "http://api.example/realms"},
        {"url": "https://evil.example/realms"}, {"url": "https://a@api.example/realms"}, {"htu": "https://[::1"},
        {"htu": None}, {"htu": 5}, {"jti": None}, {"jti": ""}, {"jti": "x" * 256}, {"iat": None}, {"iat": "now"},
        {"iat": True}, {"header": {"typ": "JWT"}},
        {"header": {"jwk": KEY.as_dict(private=True)}}, {"header": {"jwk": OTHER.as_dict(private=False)}},
        {"pad": "x" * 8192},
    ],
)  # fmt: skip
def test_DP1_a_proof_of_another_request_or_form(api: FlaskClient, changes: dict[str, Any]) -> None:
    is_refused(call(api, proof(**changes)), "invalid_dpop_proof")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", f"{'x' * 9000}"])
def test_DP1_what_is_no_proof(api: FlaskClient, text: str) -> None:
    is_refused(call(api, text), "invalid_dpop_proof")


def test_DP1_half_of_a_surrogate_pair_is_no_name(api: FlaskClient) -> None:
    claims = {"htm": "GET", "htu": URL, "iat": int(time.time()), "jti": "\ud800", "ath": token_hash(GOOD)}
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.as_dict(private=False)}
    made = jws.serialize_compact(head, json.dumps(claims), KEY, algorithms=["ES256"])
    assert call(api, made).status_code == 200  # odd, and no harm
    is_refused(call(api, made), "invalid_dpop_proof")


@pytest.mark.parametrize("content", [b"[" * 4000, b"[]", b"null", b"\xff", b'{"a":' + b"9" * 5000 + b"}"])
def test_DP1_what_is_signed_is_no_set_of_claims(api: FlaskClient, content: bytes) -> None:
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.as_dict(private=False)}
    is_refused(call(api, jws.serialize_compact(head, content, KEY, algorithms=["ES256"])), "invalid_dpop_proof")


@pytest.mark.parametrize(("offset", "good"), [(-OLDEST + 2, True), (-OLDEST - 2, False), (NEWEST, True), (90, False)])
def test_DP1_the_time_of_a_proof(api: FlaskClient, offset: int, good: bool) -> None:
    answer = call(api, proof(iat=int(time.time()) + offset))
    if good:
        assert answer.status_code == 200
    else:
        is_refused(answer, "invalid_dpop_proof")


def test_DP1_a_proof_is_good_once_and_alone(api: FlaskClient) -> None:
    made = proof()
    assert call(api, made).status_code == 200
    is_refused(call(api, made), "invalid_dpop_proof")
    is_refused(call(api, proof(), proof()), "invalid_dpop_proof")


def test_DP1_the_proof_is_checked_also_when_the_answer_is_kept(api_with: Make, fake: FakeServer) -> None:
    fake.tokens[GOOD] = bound(cache_ttl=30)
    api = api_with(metered=False)
    assert [call(api, proof()).status_code for _ in range(2)] == [200, 200]
    assert len(fake.asked) == 1
    is_refused(call(api, proof(key=OTHER)), "invalid_token")
    is_refused(ask(api, "/realms"), "invalid_token")


def test_s7_1_a_token_that_is_not_bound_is_a_bearer_token(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims()
    answer = call(api, proof())
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="RealmKit", error="invalid_token"')
    assert ask(api, "/realms").status_code == 200


@pytest.mark.parametrize("cnf", [{}, {"jwk": {}}, {"jkt": KEY.thumbprint(), "other": "x"}, "x", None])
def test_a_binding_that_is_not_known_holds_everybody_off(api: FlaskClient, fake: FakeServer, cnf: Any) -> None:
    fake.tokens[GOOD] = claims(token_type="DPoP", cnf=cnf)
    assert call(api, proof()).status_code == 401
    assert ask(api, "/realms").status_code == 401


def test_the_origin_that_callers_know_may_be_another(api_with: Make, fake: FakeServer) -> None:
    fake.tokens[GOOD] = bound()
    api = api_with(origin="https://public.example:8443")
    assert call(api, proof(url="https://public.example:8443/realms")).status_code == 200
    is_refused(call(api, proof()), "invalid_dpop_proof")


def test_without_joserfc_bound_tokens_are_refused(api: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    is_refused(call(api, proof()), "invalid_token")


def test_rfc9728_s2_the_metadata_says_which_bindings_are_taken(
    api: FlaskClient, with_certificate: Showing, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "/.well-known/oauth-protected-resource/realms"
    document = api.get(place).get_json()
    assert "ES256" in document["dpop_signing_alg_values_supported"]
    assert "tls_client_certificate_bound_access_tokens" not in document
    told = with_certificate(CERTIFICATE).get(place).get_json()
    assert told["tls_client_certificate_bound_access_tokens"] is True
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "dpop_signing_alg_values_supported" not in api.get(place).get_json()


# -- certificates ------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_certificate(fake: FakeServer) -> Iterator[Showing]:
    """An API whose callers have shown this certificate."""
    chosen = configuration(fake.url)
    authority = AuthorizationServer(chosen)

    def make(certificate: bytes | None) -> FlaskClient:
        app, protection = Flask(__name__), Protection()
        protection.init_app(app, chosen, authority, certificate=lambda: certificate)
        app.add_url_rule("/realms", view_func=protection.requires("read:realms")(lambda: "in"))
        return app.test_client()

    yield make
    authority.close()


@pytest.mark.parametrize(("certificate", "status"), [(CERTIFICATE, 200), (b"another", 401), (None, 401)])
def test_rfc8705_s3_a_token_is_good_with_its_certificate(
    fake: FakeServer, with_certificate: Showing, certificate: bytes | None, status: int
) -> None:
    fake.tokens[GOOD] = claims(cnf={"x5t#S256": THUMBPRINT})
    answer = ask(with_certificate(certificate), "/realms")
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="RealmKit", error="invalid_token"')


def test_rfc8705_s3_a_token_may_be_bound_to_both(fake: FakeServer, with_certificate: Showing) -> None:
    fake.tokens[GOOD] = bound() | {"cnf": {"jkt": KEY.thumbprint(), "x5t#S256": THUMBPRINT}}
    assert call(with_certificate(CERTIFICATE), proof()).status_code == 200
    assert call(with_certificate(b"another"), proof()).status_code == 401
    is_refused(ask(with_certificate(CERTIFICATE), "/realms"), "invalid_token")


def test_rfc8705_s3_an_api_that_knows_no_certificates_takes_none(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(cnf={"x5t#S256": THUMBPRINT})
    assert ask(api, "/realms").status_code == 401


# -- the memory of proofs ----------------------------------------------------------------------------------------------


def test_DP1_of_many_at_once_one_is_the_first() -> None:
    seen, barrier, won = Seen(), threading.Barrier(16), list[bool]()

    def spend() -> None:
        barrier.wait(10)
        won.append(seen.spend("key", "jti", until=time.time() + 60))

    threads = [threading.Thread(target=spend) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(won) == [False] * 15 + [True]


def test_the_memory_is_bounded_in_number_and_in_time() -> None:
    seen, soon = Seen(most=3), time.time() + 60
    assert all(seen.spend("key", str(number), until=soon) for number in range(4))
    assert not seen.spend("key", "3", until=soon)
    assert seen.spend("key", "0", until=soon)  # the oldest had to go
    assert len(seen._until) <= 3
    old = Seen()
    assert old.spend("key", "past", until=time.time() - 1)
    assert old.spend("key", "now", until=soon)
    assert len(old._until) == 1
