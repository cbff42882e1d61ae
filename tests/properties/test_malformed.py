"""Malformed requests over all endpoints and pages: no 5xx, and not one row is changed.

`AUTHSERVER_TEST_FUZZ` is how many (2,000 by default; a release makes 20,000), `AUTHSERVER_TEST_FUZZ_SEED` which ones.
"""

import os
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from tests import state
from tests.factories import make_client, make_resource_server
from tests.injection.doors import POISONS, doors, machine_doors
from tests.injection.site import Site
from tests.properties.fuzzer import HEADERS, METHODS, Fuzzer
from tests.relying_party import FORM, basic, encoded
from tests.rfc.front_channel import parameters_for

COUNT = int(os.environ.get("AUTHSERVER_TEST_FUZZ", "2000"))
SEED = os.environ.get("AUTHSERVER_TEST_FUZZ_SEED", "realm")
BATCH = 250
GRANTS = ("authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code", "x")
MULTIPART = ("multipart/form-data", "multipart/form-data; boundary=b", 'multipart/form-data; boundary="\xff"')
JSON = ("application/json", "application/json; charset=\xff")
KINDS = (FORM, f"{FORM}; charset=utf-16", *MULTIPART, *JSON, "application/xml", "text/plain", "x", "")
ENDINGS = ("/", "//", "/x", "\0", "\xff", "?", ".json", ";x", "/../..", "%2e")


@pytest.fixture
def fuzzer(app: Flask, site: Site) -> Fuzzer:
    house = app.extensions["authserver.house"]
    callers = [make_client(house), make_client(house, type="spa"), make_resource_server(house)]
    return Fuzzer(app, site, callers, random.Random(SEED))


def anything(fuzzer: Fuzzer) -> None:
    """Any method, body and header; never a good CSRF token, never good credentials."""
    draw = fuzzer.draw
    method, path = draw.choice(doors(fuzzer.app))
    method = draw.choice(METHODS) if fuzzer.sometimes(0.4) else method
    path += draw.choice(ENDINGS) if fuzzer.sometimes(0.2) else ""
    headers = {draw.choice(HEADERS): fuzzer.header() for _ in range(2)}
    query = fuzzer.pairs() if fuzzer.sometimes(0.5) else ""
    kind = draw.choice(KINDS)
    fuzzer.send(method, path, query_string=query, data=fuzzer.body(), content_type=kind, headers=headers)


def spoiled_machine(fuzzer: Fuzzer) -> None:
    """Good client authentication, and nothing that could be redeemed, revoked or found."""
    client, secret = fuzzer.draw.choice(fuzzer.callers)
    path = fuzzer.draw.choice([path for method, path in machine_doors(reading=True) if method == "POST"])
    headers = {"Authorization": basic(client.client_id, secret)} if secret else {}
    body = f"grant_type={quote(fuzzer.draw.choice(GRANTS))}&token={fuzzer.raw()}&{fuzzer.pairs()}"
    fuzzer.send("POST", path, data=body, content_type=FORM, headers=headers)


def spoiled_authorization(fuzzer: Fuzzer) -> None:
    """A good authorization request in which one thing is wrong."""
    word = fuzzer.text()
    wrong: dict[str, Any] = dict.fromkeys(
        ("client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "max_age"), f"{word}?"
    )
    wrong |= dict.fromkeys(("response_mode", "id_token_hint", "resource", "request", "request_uri"), f"x{word}")
    wrong |= {"scope": f'{word}"', "prompt": f"{word} ?", "state": ["a", f"{word}?"], "nonce": "x" * 5000}
    name = fuzzer.draw.choice(sorted(wrong))
    query = encoded({**parameters_for(fuzzer.callers[0][0]), name: wrong[name]})
    query += f"&x={fuzzer.draw.choice(POISONS)}" if fuzzer.sometimes(0.2) else ""
    answer = fuzzer.send("GET", "/authorize", query_string=query)
    assert answer.status_code == 400 or "error=" in answer.headers["Location"], query


def spoiled_form(fuzzer: Fuzzer) -> None:
    """A form of ours with its good token, and a field that cannot be."""
    form = fuzzer.draw.choice([form for form in fuzzer.site.forms.values() if form.action.startswith("/")])
    name = fuzzer.draw.choice(sorted({*form.values, *form.choices, "unknown"}))
    body = f"{encoded({**form.values, name: None})}&{name}=a{fuzzer.draw.choice(POISONS)}"
    assert fuzzer.send("POST", form.action, data=body, content_type=FORM).status_code == 400, body


KINDS_OF_REQUEST: list[Callable[[Fuzzer], None]] = [
    anything,
    anything,
    spoiled_machine,
    spoiled_authorization,
    spoiled_form,
]


def test_malformed_requests(app: Flask, fuzzer: Fuzzer) -> None:
    database = app.extensions["authserver.house"].database
    before = state.of(database)
    for number in range(COUNT):
        KINDS_OF_REQUEST[number % len(KINDS_OF_REQUEST)](fuzzer)
        if number % BATCH == BATCH - 1:
            assert state.of(database) == before, number
    assert state.of(database) == before
    assert sum(fuzzer.statuses.values()) == COUNT
    assert {200, 303, 400, 401, 404, 405} <= set(fuzzer.statuses)  # it came past the first check, too
