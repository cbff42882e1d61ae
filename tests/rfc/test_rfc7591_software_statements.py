"""Software statements (RFC 7591 sections 2.3 and 3.1.1)."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey

from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import trusted_issuers
from tests.factories import ACTOR, unique
from tests.relying_party import Reply
from tests.rfc.registrations import Registrar
from tests.state import State

OWN = "http://localhost:8000"
SIGNED = {"software_id": "inspector", "client_name": "The Inspector", "redirect_uris": ["https://signed.example/cb"]}


class Signer:
    """An issuer that this server trusts."""

    def __init__(self, app: Flask) -> None:
        self.issuer = f"https://{unique('signer')}.example"
        self.key = ECKey.generate_key("P-256", {"kid": "1"})
        keys = {"keys": [self.key.as_dict(private=False)]}
        with unit_of_work(app.extensions["authserver.house"].database) as unit:
            trusted_issuers.trust(self.issuer, own=OWN, jwks=keys, subject="id", actor=ACTOR)
            unit.commit()

    def sign(self, *, key: ECKey | None = None, alg: str = "ES256", **claims: Any) -> str:
        said = {"iss": self.issuer, "iat": int(time.time()), **SIGNED, **claims}
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": alg, "kid": "1"}, kept, key or self.key)


@pytest.fixture
def open_app(app_with: Callable[..., Flask]) -> Flask:
    return app_with(registration="open")


@pytest.fixture
def registrar(open_app: Flask) -> Registrar:
    return Registrar(open_app.test_client())


@pytest.fixture
def signer(open_app: Flask) -> Signer:
    return Signer(open_app)


def refused(reply: Reply, error: str) -> None:
    assert (reply.status_code, reply.error) == (400, error), reply.text


def test_s3_1_1_what_is_signed_stands_above_what_is_said(registrar: Registrar, signer: Signer) -> None:
    statement = signer.sign(aud=OWN, exp=int(time.time()) + 600)

    document = registrar.registered(client_name="Another", software_statement=statement, scope="openid")

    assert document.items() >= SIGNED.items()
    assert document["scope"] == "openid"
    assert document["software_statement"] == statement  # section 3.2.1: unmodified
    assert {"iss", "aud", "iat"} & document.keys() == set()


def test_s2_2_statement_counts_in_a_change_too(registrar: Registrar, signer: Signer) -> None:
    client = registrar.registered()

    reply = registrar.manage("PUT", client, {"client_id": client["client_id"], "software_statement": signer.sign()})

    assert (reply.status_code, reply.json["client_name"]) == (200, "The Inspector")


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1}, {"exp": "soon"}, {"nbf": 4102444800}, {"iat": 4102444800}, {"iat": True}, {"aud": "https://o.example"}],
)  # fmt: skip
def test_s2_3_times_and_audience_count(
    registrar: Registrar, signer: Signer, row_counts: Callable[[], State], claims: dict[str, Any]
) -> None:
    before = row_counts()

    refused(registrar.register(software_statement=signer.sign(**claims)), "invalid_software_statement")

    assert row_counts() == before


@pytest.mark.parametrize("statement", ["x", "a.b.c", 7, ["x"], {}, "", "e30.e30."])
def test_s2_3_what_is_no_statement(registrar: Registrar, statement: object) -> None:
    refused(registrar.register(software_statement=statement), "invalid_software_statement")


def test_s2_3_signed_by_another_key(registrar: Registrar, signer: Signer) -> None:
    forged = signer.sign(key=ECKey.generate_key("P-256", {"kid": "1"}))

    refused(registrar.register(software_statement=forged), "invalid_software_statement")


def test_s3_2_2_signed_by_somebody_who_is_not_trusted(registrar: Registrar, signer: Signer) -> None:
    for issuer in ("https://stranger.example", None, 7):
        statement = signer.sign(iss=issuer)
        refused(registrar.register(software_statement=statement), "unapproved_software_statement")


@pytest.mark.parametrize("claim", [{"trusted": True}, {"scope": "admin"}, {"grant_types": ["client_credentials"]}])
def test_DC3_signed_or_not_nobody_gets_more(registrar: Registrar, signer: Signer, claim: dict[str, Any]) -> None:
    refused(registrar.register(software_statement=signer.sign(**claim)), "invalid_client_metadata")
