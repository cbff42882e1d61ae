"""Keys that are not those of the client (RFC 7515 section 10, RFC 8725; case CA8), and keys at its `jwks_uri` (SF1)."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.factories import make_key_client
from tests.relying_party import RelyingParty
from tests.rfc.answers import grants, refuses
from tests.rfc.documents import DocumentHost, hosting
from tests.rfc.logout import HOST
from tests.rfc.test_rfc7523_client_assertion import ENDPOINTS, ask, worker_of
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
EC, RSA = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
OLD, NEW = (ECKey.generate_key("P-256", {"kid": name}) for name in ("old", "new"))
JWKS = "/jwks.json"


@pytest.fixture
def worker(house: "House", http: FlaskClient) -> RelyingParty:
    """A machine that authenticates by an EC key without kid."""
    return worker_of(house, http, EC)


def encoded(header: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


# -- CA8 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ENDPOINTS)
def test_CA8_alg_none(worker: RelyingParty, fetches: list[Any], path: str) -> None:
    claims = worker.assertion().split(".")[1]
    for name in ("none", "None", "nOnE"):
        header = encoded({"alg": name})
        refuses(ask(worker, f"{header}.{claims}.", path), "invalid_client", 401)
        refuses(ask(worker, f"{header}.{claims}.eA", path), "invalid_client", 401)
    assert fetches == []


@pytest.mark.parametrize("key", [EC, RSA])
def test_CA8_hs256_with_the_public_key(house: "House", http: FlaskClient, fetches: list[Any], key: Any) -> None:
    rp = worker_of(house, http, key)
    for form in ("PEM", "DER"):
        signed = f"{encoded({'alg': 'HS256'})}.{rp.assertion().split('.')[1]}"
        mac = hmac.digest(key.as_bytes(encoding=form, private=False), signed.encode(), "sha256")
        forged = f"{signed}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        refuses(ask(rp, forged), "invalid_client", 401)
    assert fetches == []


@pytest.mark.parametrize("kid", ["unknown", "../../dev/null", "' or 1=1 --", "k" * 4000])
def test_CA8_an_unknown_kid(house: "House", http: FlaskClient, fetches: list[Any], kid: str) -> None:
    rp = RelyingParty(http, *make_key_client(house, type="machine"))
    refuses(ask(rp, rp.assertion(header={"kid": kid})), "invalid_client", 401)
    assert fetches == []


@pytest.mark.parametrize(
    "header", [{"kid": []}, {"kid": {}}, {"kid": 5}, {"typ": []}, {"typ": {}}, {"alg": []}, {"alg": {}}]
)
def test_CA8_a_member_that_is_no_string(worker: RelyingParty, header: dict[str, Any]) -> None:
    claims = worker.assertion().split(".")[1]
    signed = f"{encoded({'alg': 'ES256', **header})}.{claims}".encode()
    signature = urlsafe_b64encode(JWSRegistry.algorithms["ES256"].sign(signed, EC)).rstrip(b"=")
    refuses(ask(worker, b".".join([signed, signature]).decode()), "invalid_client", 401)


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c"])
def test_CA8_a_key_that_the_header_brings(worker: RelyingParty, fetches: list[Any], member: str) -> None:
    attacker = ECKey.generate_key("P-256")
    value: Any = {"jwk": attacker.as_dict(private=False), "x5c": ["MIIB"]}.get(member, "https://evil.example/keys")
    claims = worker.assertion().split(".")[1]
    signed = f"{encoded({'alg': 'ES256', member: value})}.{claims}".encode()
    signature = urlsafe_b64encode(JWSRegistry.algorithms["ES256"].sign(signed, attacker)).rstrip(b"=")
    refuses(ask(worker, b".".join([signed, signature]).decode()), "invalid_client", 401)
    assert fetches == []


@pytest.mark.parametrize("assertion", ["x", "a.b", "a.b.c", "....", "e30.e30.e30", "e" * 9000, "é.é.é", "W10.W10.W10"])
@pytest.mark.parametrize("path", ENDPOINTS)
def test_CA8_rubbish(worker: RelyingParty, row_counts: RowCounts, path: str, assertion: str) -> None:
    before = row_counts()
    refuses(ask(worker, assertion, path), "invalid_client", 401)
    assert row_counts() == before


# -- keys at an address ------------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[DocumentHost]:
    """The client's own server, with a certificate of its own."""
    with hosting(tmp_path) as host:
        yield host


@pytest.fixture
def allowing(app_with: Callable[..., Flask], elsewhere: DocumentHost) -> Flask:
    """A server whose operator lets it ask there."""
    return app_with(**elsewhere.settings())


def publish(host: DocumentHost, *keys: ECKey) -> None:
    host.say(JWKS, {"keys": [key.as_dict(private=False) for key in keys]})


def client_at(host: DocumentHost, app: Flask, key: ECKey) -> Callable[[ECKey], RelyingParty]:
    """A client whose keys are there; with any key."""
    house = app.extensions["authserver.house"]
    client, _ = make_key_client(house, key, type="machine", jwks_uri=host.url(JWKS))
    return lambda key: RelyingParty(app.test_client(), client, key)


def test_s3_keys_are_fetched_once_for_many_requests(allowing: Flask, elsewhere: DocumentHost) -> None:
    publish(elsewhere, OLD)
    with_key = client_at(elsewhere, allowing, OLD)
    for _ in range(3):
        grants(with_key(OLD).token(grant_type="client_credentials"))
    assert elsewhere.asked == [JWKS]


def test_s3_a_new_kid_is_looked_for(allowing: Flask, elsewhere: DocumentHost, frozen: time_machine.Traveller) -> None:
    publish(elsewhere, OLD)
    with_key = client_at(elsewhere, allowing, OLD)
    grants(with_key(OLD).token(grant_type="client_credentials"))
    publish(elsewhere, NEW)
    frozen.shift(61)
    grants(with_key(NEW).token(grant_type="client_credentials"))
    refuses(with_key(OLD).token(grant_type="client_credentials"), "invalid_client", 401)
    assert elsewhere.asked == [JWKS, JWKS]


@pytest.mark.parametrize("allowed", [{}, {"fetch_allow": HOST}])
def test_SF1_an_address_that_may_not_be_asked_or_trusted(
    app_with: Callable[..., Flask], elsewhere: DocumentHost, allowed: dict[str, str]
) -> None:
    publish(elsewhere, OLD)
    with_key = client_at(elsewhere, app_with(**allowed), OLD)
    refuses(with_key(OLD).token(grant_type="client_credentials"), "invalid_client", 401)
    assert elsewhere.asked == []
