"""The button that registers the redirect URI that was asked for: the owner's, by the rules that hold for all."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver.models import clients as stored
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import clients
from tests.factories import ACTOR, PASSWORD, make_user, within
from tests.pages.explain.conftest import OTHER, REGISTERED, REQUESTED, signed_in, trace_of, wrong_uri
from tests.pages.people import token_in

if TYPE_CHECKING:
    from authserver.composition import House


def registered(house: "House", client: Client) -> tuple[str, ...]:
    with within(house):
        found = stored.find(client.client_id)
    assert found is not None
    return found.redirect_uris


def test_the_owner_adds_the_uri_and_the_sign_in_works(
    app: Flask, house: "House", client: Client, owner: User
) -> None:
    at = signed_in(app, owner)
    path = f"/explain/{trace_of(wrong_uri(at, client))}"
    assert "Add this URI" in at.get(path).text
    answer = at.send(f"{path}/redirect-uri", of=path)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert registered(house, client) == (REGISTERED, OTHER, REQUESTED)
    page = at.get(path)
    assert "is registered" in page.text
    assert "Add this URI" not in page.text
    assert wrong_uri(at, client).status_code == 303
    answer = at.post(f"{path}/redirect-uri", {"csrf_token": token_in(page.text)})  # a second click
    assert answer.status_code == 303
    assert registered(house, client) == (REGISTERED, OTHER, REQUESTED)


def test_it_takes_a_token_of_the_page(app: Flask, house: "House", client: Client, owner: User) -> None:
    at = signed_in(app, owner)
    path = f"/explain/{trace_of(wrong_uri(at, client))}/redirect-uri"
    for fields in ({}, {"csrf_token": "forged"}):
        assert at.post(path, fields).status_code == 400
    assert at.get(path).status_code == 405
    assert registered(house, client) == (REGISTERED, OTHER)


def test_it_takes_the_password_again_after_a_while(
    app: Flask, house: "House", client: Client, owner: User, frozen: time_machine.Traveller
) -> None:
    at = signed_in(app, owner)
    path = f"/explain/{trace_of(wrong_uri(at, client))}"
    frozen.shift(601)
    assert 'type="password"' in at.get(path).text
    for password in ("", "wrong"):
        page = at.send(f"{path}/redirect-uri", of=path, password=password)
        assert page.status_code == 400
        assert "The password is wrong." in page.text
    assert registered(house, client) == (REGISTERED, OTHER)
    session = at.cookie("sid")
    assert at.send(f"{path}/redirect-uri", of=path, password=PASSWORD).status_code == 303
    assert registered(house, client) == (REGISTERED, OTHER, REQUESTED)
    assert at.cookie("sid") != session  # LG3


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example/callback",
        "https://app.example/callback#top",
        "https://me@app.example/callback",
        "https://app.example/cb?code=secret",
        "https://app.example/" + "x" * 600,
        "https://app.example/\x07callback",
    ],
)
def test_what_breaks_a_rule_or_was_not_kept_whole_cannot_be_added(
    app: Flask, house: "House", client: Client, owner: User, uri: str
) -> None:
    at = signed_in(app, owner)
    path = f"/explain/{trace_of(wrong_uri(at, client, uri))}"
    page = at.get(path)
    assert page.status_code == 200
    assert "Add this URI" not in page.text
    token = token_in(at.get("/explain").text)
    assert at.post(f"{path}/redirect-uri", {"csrf_token": token}).status_code == 303
    assert registered(house, client) == (REGISTERED, OTHER)


def test_an_application_that_changed_hands_is_the_new_owners(
    app: Flask, house: "House", client: Client, owner: User
) -> None:
    at = signed_in(app, owner)
    path = f"/explain/{trace_of(wrong_uri(at, client))}"
    assert at.get(path).status_code == 200
    heir, _ = make_user(house)
    with within(house):
        stored.change(client.client_id, owner_id=heir.id)
    assert at.get(path).status_code == 404
    assert signed_in(app, heir).get(path).status_code == 200
    with within(house):
        clients.remove(client, actor=ACTOR)
    assert signed_in(app, heir).get(path).status_code == 404
