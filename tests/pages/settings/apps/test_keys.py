"""An application that proves itself by a key: what its owner sees, and how keys are replaced."""

import html
import json
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey

from tests import state
from tests.factories import make_client, make_key_client
from tests.pages.settings.developers import MakeDeveloper, found, page_of
from tests.pages.settings.keys import text_of
from tests.relying_party import RelyingParty
from tests.rfc.certificates import make_certificate

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.models.clients import Client

NEW = ECKey.generate_key("P-256", {"kid": "new"})
SET = json.dumps({"keys": [NEW.as_dict(private=False)]})


def keys_of(client: "Client") -> str:
    return page_of(client, "/keys")


def credentials_of(client: "Client") -> str:
    return page_of(client, "/credentials")


@pytest.mark.parametrize("pasted", [SET, json.dumps(NEW.as_dict(private=False)), f"\n {SET} \n"])
def test_a_pasted_key_takes_the_place_of_the_old(
    app: Flask, developer: MakeDeveloper, house: "House", pasted: str
) -> None:
    at = developer()
    client, old = make_key_client(house, owner=at.user, type="machine")
    assert old.kid is not None
    assert old.kid in text_of(at.get(credentials_of(client)).text)
    answer = at.fill(keys_of(client), on=credentials_of(client), jwks=pasted)
    assert (answer.status_code, answer.headers["Location"]) == (303, credentials_of(client))
    page = text_of(at.get(credentials_of(client)).text)
    assert "new" in page
    assert old.kid not in page
    ask: Any = {"grant_type": "client_credentials"}
    assert RelyingParty(app.test_client(), client, NEW).token(**ask).status_code == 200
    assert RelyingParty(app.test_client(), client, old).token(**ask).status_code == 401


def test_an_address_takes_the_place_of_the_keys(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_key_client(house, owner=at.user)
    uri = "https://app.example/jwks.json"
    assert at.fill(keys_of(client), on=credentials_of(client), jwks_uri=uri).status_code == 303
    changed = found(house, client)
    assert changed is not None
    assert (changed.details["jwks_uri"], "jwks" in changed.details) == (uri, False)
    assert uri in at.get(credentials_of(client)).text


PRIVATE = json.dumps({"keys": [NEW.as_dict(private=True)]})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"jwks": SET, "jwks_uri": "https://app.example/jwks.json"},
        {"jwks": "not JSON <b>"},
        {"jwks": PRIVATE},
        {"jwks": "{}"},
        {"jwks": '{"keys": [], "keys": []}'},
        {"jwks_uri": "https://127.0.0.1/jwks"},
        {"jwks_uri": "http://app.example/jwks"},
    ],
)
def test_what_are_no_keys_changes_nothing_and_is_still_there(
    developer: MakeDeveloper, house: "House", fields: dict[str, str]
) -> None:
    at = developer()
    client, _ = make_key_client(house, owner=at.user)
    before = state.of(house.database)
    answer = at.fill(keys_of(client), on=credentials_of(client), **fields)
    assert answer.status_code == 400
    assert state.of(house.database) == before
    assert answer.text.count("aria-invalid") == 1
    assert "not JSON <b>" not in answer.text
    assert all(value in html.unescape(answer.text) for value in fields.values())


def test_one_with_a_secret_has_no_keys_to_replace(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    other, _ = make_key_client(house, owner=at.user)
    token = at.form(credentials_of(other), keys_of(other)).values["csrf_token"]
    before = state.of(house.database)
    assert at.post(keys_of(client), {"csrf_token": token, "jwks": SET}).status_code == 400
    assert state.of(house.database) == before


def test_a_new_secret_is_not_made_for_it(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_key_client(house, owner=at.user)
    token = at.form(credentials_of(client), keys_of(client)).values["csrf_token"]
    assert at.post(credentials_of(client), {"csrf_token": token, "overlap": "now"}).status_code == 400


def test_certificates_are_shown(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    named = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "app.example"}
    pki, _ = make_client(house, owner=at.user, **named)
    page = at.get(credentials_of(pki)).text
    assert "app.example" in page
    assert keys_of(pki) not in page  # there is nothing that a form could replace
    shown = make_certificate().registered
    own, _ = make_client(house, owner=at.user, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=shown)
    page = at.get(credentials_of(own)).text
    assert "Certificate" in page
    assert keys_of(own) in page
