"""The inspector verifies here, and tells the state of a credential to its owner only."""

import html
import re

import pytest
import time_machine
from flask import Flask

from authserver.models.users import User
from authserver.oauth.credentials import api_key
from tests.factories import make_api_key
from tests.pages.people import Browser, commit, person
from tests.pages.playground.walking import Walk

INSPECTOR = "/playground/inspector"


def seen(at: Browser, value: str) -> str:
    """The page's findings, as text."""
    page = at.send(INSPECTOR, value=value)
    assert page.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


def at_of(app: Flask, user: User) -> Browser:
    at = Browser(app)
    at.sign_in(user)
    return at


@pytest.fixture
def ada(app: Flask) -> User:
    return person(app)


def test_a_key_of_ones_own(app: Flask, ada: User) -> None:
    _, key = make_api_key(app.extensions["authserver.house"], ada, name="Nightly")
    text = seen(at_of(app, ada), key)
    assert "It is an API key" in text
    assert "checksum : passed" in text
    assert "Nightly is live" in text


def test_the_key_of_another_tells_no_more_than_one_that_never_was_AD1(app: Flask, ada: User) -> None:
    _, key = make_api_key(app.extensions["authserver.house"], ada, name="Nightly")
    stranger = at_of(app, person(app))
    theirs = seen(stranger, key).replace(key, "")
    never = api_key.generate("live")
    assert theirs == seen(stranger, never).replace(never, "")
    assert "Nightly" not in theirs


def test_a_mistyped_key(app: Flask, ada: User) -> None:
    key = api_key.generate("test")
    text = seen(at_of(app, ada), key[:-1] + ("a" if key[-1] != "a" else "b"))
    assert "checksum : failed" in text


def test_an_access_token_and_its_end(app: Flask, frozen: time_machine.Traveller) -> None:
    walk = Walk(app)
    form = walk.form(walk.tokens("openid", "read:realms").text, "/playground/introspect")
    token = str(form.values["access_token"])
    text = seen(walk.at, token)
    assert "It is an access token" in text
    assert "signature : passed" in text
    assert "state : passed" in text
    assert '"client_id": "realmkit-playground"' in text
    assert "told to its owner only" in seen(at_of(app, person(app)), token)
    header, payload, signature = token.split(".")
    changed = ".".join((header, payload, signature[::-1]))
    assert "signature : failed" in seen(walk.at, changed)
    frozen.shift(960)
    assert "It expired 1 minute ago" in seen(walk.at, token)


def test_a_token_from_elsewhere_and_what_is_none(app: Flask, ada: User) -> None:
    at = at_of(app, ada)
    foreign = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2V2aWwudGVzdCIsImV4cCI6MX0."
    text = seen(at, foreign)
    assert "algorithm : failed" in text
    assert "issuer : failed" in text
    assert "It is something else" in seen(at, "hello")
    assert at.send(INSPECTOR, value="").status_code == 400
    assert "It is a refresh token" in seen(at, "rt_abc")


def test_nothing_of_it_is_kept(app: Flask, ada: User, row_counts: object) -> None:
    at = at_of(app, ada)
    commit(app, lambda: None)
    before = row_counts()  # type: ignore[operator]
    seen(at, "at_unknown")
    assert row_counts() == before  # type: ignore[operator]
