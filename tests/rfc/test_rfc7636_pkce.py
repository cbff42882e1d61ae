"""Proof Key for Code Exchange at the authorization endpoint (RFC 7636 section 4.3): AZ10-AZ12."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import make_client
from tests.rfc.conftest import MakeParty
from tests.rfc.front_channel import CHALLENGE, ask, assert_rejected, unchanged

KINDS = ("web", "spa", "native")
ILLEGAL = ["=", "+", "/", ".", "~", " ", "\u00e9", "%", "\n"]


@pytest.fixture(scope="module", params=KINDS)
def client(app: Flask, request: pytest.FixtureRequest) -> Client:
    """A confidential client, and the two public kinds."""
    return make_client(app.extensions["authserver.house"], type=request.param)[0]


def test_AZ10_every_client_needs_a_challenge(app: Flask, http: FlaskClient, client: Client) -> None:
    with unchanged(app):
        for absent in (None, ""):
            bare = ask(http, client, code_challenge=absent, code_challenge_method=None)
            assert_rejected(bare, client, "invalid_request")
            assert_rejected(ask(http, client, code_challenge=absent), client, "invalid_request")


def test_AZ10_a_confidential_client_may_be_registered_without(party: MakeParty) -> None:
    old = party(require_pkce=False)
    old.authorize(code_challenge=None, code_challenge_method=None)
    assert old.redeem(code_verifier=None).status_code == 200


def test_AZ10_such_a_client_that_sends_a_challenge_is_held_to_it(party: MakeParty) -> None:
    old = party(require_pkce=False)
    assert old.authorize().redeem(code_verifier=None).error == "invalid_request"
    assert old.redeem(code_verifier="w" * 43).error == "invalid_grant"
    assert old.redeem().status_code == 200


def test_AZ10_such_a_client_cannot_send_half_of_it(app: Flask, http: FlaskClient) -> None:
    old, _ = make_client(app.extensions["authserver.house"], require_pkce=False)
    assert_rejected(ask(http, old, code_challenge=None), old, "invalid_request")
    assert_rejected(ask(http, old, code_challenge_method=None), old, "invalid_request")


@pytest.mark.parametrize("kind", ["spa", "native"])
def test_AZ10_a_public_client_cannot_be_registered_without(app: Flask, kind: str) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(app.extensions["authserver.house"], type=kind, require_pkce=False)


@pytest.mark.parametrize("method", [None, "", "plain", "s256", "S512", "S256 plain", "none"])
def test_AZ11_only_S256(app: Flask, http: FlaskClient, client: Client, method: str | None) -> None:
    with unchanged(app):
        assert_rejected(ask(http, client, code_challenge_method=method), client, "invalid_request")


@pytest.mark.parametrize("length", [1, 42, 44, 128, 129, 5000])
def test_AZ12_challenge_of_another_length(app: Flask, http: FlaskClient, client: Client, length: int) -> None:
    with unchanged(app):
        assert_rejected(ask(http, client, code_challenge="a" * length), client, "invalid_request")


@pytest.mark.parametrize("character", ILLEGAL)
def test_AZ12_challenge_with_an_illegal_character(
    app: Flask, http: FlaskClient, client: Client, character: str
) -> None:
    with unchanged(app):
        for challenge in (CHALLENGE[:-1] + character, character + CHALLENGE[1:], CHALLENGE + character):
            assert_rejected(ask(http, client, code_challenge=challenge), client, "invalid_request")


def test_s4_3_a_good_challenge_goes_on(http: FlaskClient, client: Client) -> None:
    assert ask(http, client).headers["Location"].startswith("/login?req=")
