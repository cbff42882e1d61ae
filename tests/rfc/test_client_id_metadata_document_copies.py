"""How long a copy of a Client ID Metadata Document is used, what changes of it mean, and how many are fetched."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey

from authserver.models import throttles
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from authserver.oauth import client_document, clients, registration, registration_limits
from tests.factories import ACTOR, PASSWORD, make_user, unique
from tests.rfc.documents import DocumentHost, hosting, is_unknown, party
from tests.rfc.parallel import together
from tests.rfc.registrations import Registrar, stored

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


# -- copies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "life"),
    [
        (None, 300), ("max-age=10", 300), ("no-store", 300), ("max-age=3600, no-cache", 300), ("max-age=nonsense", 300),
        ("public, max-age=3600", 3600), ("max-age=99999999", 86400),
    ],
)  # fmt: skip
def test_copy_is_used_for_as_long_as_the_host_says_within_bounds(
    docs_app: Flask, host: DocumentHost, frozen: time_machine.Traveller, said: str | None, life: int
) -> None:
    url = host.client()
    path = url.partition(str(host.port))[2]
    if said is not None:
        host.say(path, json.loads(host.answers[path][2]), Cache_Control=said)
    host.asked.clear()

    party(docs_app, url).authorize()
    frozen.shift(life - 1)
    party(docs_app, url).authorize()
    assert host.asked == [path]
    frozen.shift(1)
    party(docs_app, url).authorize()

    assert host.asked == [path, path]


def test_token_endpoint_asks_nobody(
    docs_app: Flask, host: DocumentHost, user: User, frozen: time_machine.Traveller
) -> None:
    rp = party(docs_app, host.client())
    rp.sign_in(user, PASSWORD).authorize().consent().redeem()
    frozen.shift(90_000)
    host.asked.clear()

    assert rp.refresh().status_code == 200

    assert host.asked == []


def test_old_copy_is_used_while_the_host_is_away_but_not_for_ever(
    docs_app: Flask, host: DocumentHost, frozen: time_machine.Traveller
) -> None:
    url = host.client()
    path = url.partition(str(host.port))[2]
    party(docs_app, url).authorize()
    host.say(path, b"", status=503)
    host.asked.clear()

    frozen.shift(301)
    assert party(docs_app, url).authorize().at == "/login"
    assert party(docs_app, url).authorize().at == "/login"
    assert host.asked == [path]  # the host is left alone for a minute
    frozen.shift(61)
    assert party(docs_app, url).authorize().at == "/login"
    assert host.asked == [path, path]
    frozen.shift(client_document.STALE_FOR)
    assert is_unknown(party(docs_app, url).authorize())


def test_document_that_was_taken_down_ends_the_client(
    docs_app: Flask, host: DocumentHost, frozen: time_machine.Traveller
) -> None:
    url = host.client()
    party(docs_app, url).authorize()
    path = url.partition(str(host.port))[2]
    _, headers, body = host.answers[path]
    host.say(path, b"", status=404)
    frozen.shift(301)
    host.asked.clear()

    assert is_unknown(party(docs_app, url).authorize())
    assert is_unknown(party(docs_app, url).authorize())

    assert host.asked == [path]
    host.answers[path] = (200, headers, body)
    frozen.shift(61)
    assert party(docs_app, url).authorize().at == "/login"


@pytest.mark.parametrize(
    "change", [{"client_name": "Bank"}, {"redirect_uris": ["http://127.0.0.1/cb", "https://evil.example/cb"]}]
)
def test_change_of_the_document_suspends_consent(
    docs_app: Flask, host: DocumentHost, user: User, frozen: time_machine.Traveller, change: dict[str, Any]
) -> None:
    url = host.client()
    rp = party(docs_app, url)
    rp.sign_in(user, PASSWORD).authorize().consent().redeem()
    assert rp.authorize().code
    host.client(url.partition(str(host.port))[2], **change)
    frozen.shift(301)

    assert rp.authorize().at == "/consent"

    client = stored(docs_app, url)
    assert client is not None
    assert client.name == change.get("client_name", "Inspector")


def test_AZ2_redirect_uri_that_left_the_document_is_not_followed(
    docs_app: Flask, host: DocumentHost, frozen: time_machine.Traveller
) -> None:
    url = host.client(redirect_uris=["https://old.example/cb", "http://127.0.0.1/cb"])
    assert party(docs_app, url, "https://old.example/cb").authorize().at == "/login"
    host.client(url.partition(str(host.port))[2], redirect_uris=["http://127.0.0.1/cb"])
    frozen.shift(301)

    assert is_unknown(party(docs_app, url, "https://old.example/cb").authorize())


def test_administrator_has_the_last_word(docs_app: Flask, host: DocumentHost, frozen: time_machine.Traveller) -> None:
    url = host.client()
    party(docs_app, url).authorize()
    client = stored(docs_app, url)
    assert client is not None
    with unit_of_work(docs_app.extensions["authserver.house"].database) as unit:
        clients.change(client, {"trusted": True}, privileged=True, actor=ACTOR)
        unit.commit()
    host.client(url.partition(str(host.port))[2], client_uri="https://app.example/")
    frozen.shift(301)
    party(docs_app, url).authorize()

    client = stored(docs_app, url)
    assert client is not None
    assert (client.trusted, client.details) == (True, {"client_uri": "https://app.example/"})


# -- limits ------------------------------------------------------------------------------------------------------------


def test_first_arrivals_at_once_make_one_client(docs_app: Flask, host: DocumentHost) -> None:
    url = host.client()

    pages = together(4, lambda: party(docs_app, url).authorize().at)

    assert pages == ["/login"] * 4
    assert stored(docs_app, url) is not None


def test_DC6_unknown_documents_are_limited_by_address(
    docs_app: Flask, host: DocumentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration_limits, "PER_ADDRESS", 2)
    rp, known = party(docs_app, host.client()), host.client()
    rp.authorize()
    rp.authorize(client_id=known)
    host.asked.clear()

    assert is_unknown(rp.authorize(client_id=host.client()))

    assert host.asked == []
    assert rp.authorize(client_id=known).at == "/login"
    assert Registrar(rp.transport._http).register().status_code == 429  # type: ignore[attr-defined]


def test_DC6_hosts_that_are_away_are_limited_by_address(
    docs_app: Flask, host: DocumentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration_limits, "PER_ADDRESS", 2)
    host.say("/away.json", b"", status=503)
    host.asked.clear()
    rp = party(docs_app, host.url("/away.json"))

    assert all(is_unknown(rp.authorize()) for _ in range(4))

    assert host.asked == ["/away.json"] * 2


def test_SF4_no_host_is_waited_for_while_other_writers_wait(docs_app: Flask, host: DocumentHost) -> None:
    key = ECKey.generate_key("P-256", {"kid": "1"})
    host.say("/keys.json", {"keys": [key.as_dict(private=False)]})
    url = host.client(token_endpoint_auth_method="private_key_jwt", jwks_uri=host.url("/keys.json"))
    database, waited = docs_app.extensions["authserver.house"].database, []

    def write_meanwhile() -> None:
        began = time.monotonic()
        with unit_of_work(database) as unit:
            throttles.count("meanwhile", window=60)
            unit.commit()
        waited.append(time.monotonic() - began)

    host.before_answers = write_meanwhile
    host.asked.clear()
    now = int(time.time())
    claims = {"iss": url, "sub": url, "aud": "http://localhost:8000", "exp": now + 60, "iat": now, "jti": unique("jti")}
    proof: dict[str, Any] = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    proof["client_assertion"] = jwt.encode({"alg": "ES256", "kid": "1"}, claims, key)
    try:
        reply = party(docs_app, url).push(**proof)
    finally:
        host.before_answers = lambda: None

    assert reply.status_code == 201, reply.text
    assert host.asked[1:] == ["/keys.json"]
    assert len(waited) == 2
    assert max(waited) < 1


def test_client_that_nobody_allowed_anything_is_forgotten(
    docs_app: Flask, host: DocumentHost, user: User, frozen: time_machine.Traveller
) -> None:
    unused, used = host.client(), host.client()
    party(docs_app, unused).authorize()
    party(docs_app, used).sign_in(user, PASSWORD)
    party_used = party(docs_app, used)
    party_used.sign_in(user, PASSWORD).authorize().consent().redeem()
    frozen.shift(registration.UNUSED_FOR + 1)

    with unit_of_work(docs_app.extensions["authserver.house"].database) as unit:
        registration.purge()
        unit.commit()

    assert stored(docs_app, unused) is None
    assert stored(docs_app, used) is not None


def test_trace_says_what_is_wrong_with_the_document(docs_app: Flask, host: DocumentHost) -> None:
    documents = docs_app.extensions["authserver"].client_documents
    url = host.client(client_secret="x")

    with unit_of_work(docs_app.extensions["authserver.house"].database):
        cause = documents.fault(url, address="192.0.2.1")

    assert cause.case == "client_document"
    assert cause.says == "Its metadata document: It holds a client_secret."
