"""Signed tokens that must not be believed for what they say (RFC 7519, RFC 8725; cases JW6, JW7)."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from tests.relying_party import Credentials
from tests.rfc.answers import is_inactive, refuses
from tests.rfc.conftest import Party
from tests.rfc.forgery import Forger, later

if TYPE_CHECKING:
    pass

AppWith = Callable[..., Flask]
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
Believed = Callable[[str], None]
Disbelieved = Callable[[str], None]


# -- JW6: times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -61},
        {"exp": -1},
        {"exp": 0},
        {"nbf": 120},
        {"iat": 120},
    ],
)
def test_JW6_times_that_have_passed_or_not_come(
    forger: Forger, disbelieved: Disbelieved, frozen: time_machine.Traveller, claims: dict[str, int]
) -> None:
    disbelieved(forger.with_our_key(payload={name: later(seconds) for name, seconds in claims.items()}))


NO_TIMES = ("1900000000", 1e30, 1.9e9, None, [], {}, True, -1, 0, 2**63)
NO_NBF = ("0", 1e30, None, [], {})


@pytest.mark.parametrize(
    ("name", "value"),
    [*(("exp", value) for value in NO_TIMES), *(("iat", value) for value in NO_TIMES), *(("nbf", v) for v in NO_NBF)],
)
def test_JW6_times_that_are_no_times(forger: Forger, disbelieved: Disbelieved, name: str, value: Any) -> None:
    disbelieved(forger.with_our_key(payload={name: value}))


@pytest.mark.parametrize("literal", ["1e400", "NaN", "Infinity", "-Infinity", "9" * 5000])
def test_JW6_numbers_beyond_every_range(forger: Forger, disbelieved: Disbelieved, literal: str) -> None:
    claims = json.dumps({**forger.claims, "exp": 0}).replace('"exp": 0', f'"exp": {literal}')
    disbelieved(forger.with_our_key(payload=claims))


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti", "gid"])
def test_JW6_missing_claims(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    rest = {key: value for key, value in forger.claims.items() if key != name}
    disbelieved(forger.with_our_key(payload=json.dumps(rest)))


# -- JW7: for somebody or something else -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "iss", ["http://localhost:8001", "http://localhost:8000/", "HTTP://LOCALHOST:8000", "", None, []]
)
def test_JW7_other_issuer(forger: Forger, disbelieved: Disbelieved, iss: Any) -> None:
    disbelieved(forger.with_our_key(payload={"iss": iss}))


@pytest.mark.parametrize("aud", ["", None, 0, [], {}, [None], [["http://localhost:8000"]]])
def test_JW7_malformed_audience(forger: Forger, disbelieved: Disbelieved, aud: Any) -> None:
    disbelieved(forger.with_our_key(payload={"aud": aud}))


def test_JW7_other_audience(forger: Forger, holder: Party, asker: Credentials) -> None:
    token = forger.with_our_key(payload={"aud": "https://elsewhere.example"})
    refuses(holder.userinfo(token), "invalid_token", 401)
    is_inactive(holder.introspect(token, as_=asker))


@pytest.mark.parametrize(
    "typ", ["JWT", "at+JWT", "AT+JWT", "application/at+jwt", "logout+jwt", "dpop+jwt", "", None, 0]
)
def test_JW7_other_type(forger: Forger, disbelieved: Disbelieved, typ: Any) -> None:
    disbelieved(forger.with_our_key({"typ": typ}))


def test_JW7_id_token_is_no_access_token(holder: Party, disbelieved: Disbelieved) -> None:
    disbelieved(holder.tokens["id_token"])


def test_JW7_access_token_is_no_id_token(holder: Party) -> None:
    hinted = holder.authorize(prompt="none", id_token_hint=holder.tokens["access_token"])
    assert hinted.answer["error"] == "invalid_request"
    assert holder.authorize(prompt="none", id_token_hint=holder.tokens["id_token"]).code


@pytest.mark.parametrize(
    "claims", [{"gid": "g_unknown"}, {"gid": 0}, {"jti": 0}, {"sub": None}, {"scope": ["openid"]}, {"client_id": []}]
)
def test_JW7_claims_that_name_nothing(forger: Forger, disbelieved: Disbelieved, claims: dict[str, Any]) -> None:
    disbelieved(forger.with_our_key(payload=claims))
