"""Issuer identification (RFC 9207) and `state`: every answer to a client names both (AZ14)."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_client
from tests.rfc.conftest import MakeParty
from tests.rfc.front_channel import answer_of, ask

STATES = {
    "plain": "xyz",
    "two_kilobytes": "0123456789abcdef" * 128,
    "unicode": "r\u00e9alm \u4e16\u754c \U0001f511 \u202e \u0627\u0644\u0639",
    "not_normalised": "e\u0301 \u00e9 \u1e9b\u0323",
    "reserved": "a+b&c=d%20e#f?g/h;i,j:k@l!m$n'o(p)q*r[s]",
    "percent": "%00%0d%0a%252f%zz%",
    "quotes": "\"'<script>alert(1)</script>\\`",
    "spaces": "  a  b\tc  ",
    "lines": "a\r\nSet-Cookie: x=1\r\n\r\n<html>",
    "parameters": "x&code=stolen&iss=https://evil.test",
    "json": '{"return_to": "/a?b=c", "n": [1, 2]}',
}


@pytest.fixture
def issuer(http: FlaskClient) -> str:
    """As the metadata document names it."""
    document = http.get("/.well-known/oauth-authorization-server").json
    assert document is not None
    assert document["authorization_response_iss_parameter_supported"] is True
    return str(document["issuer"])


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_AZ14_success_carries_iss_and_the_same_state(party: MakeParty, issuer: str, state: str, mode: str) -> None:
    rp = party().authorize(state=state, response_mode=mode)
    assert set(rp.answer) == {"code", "state", "iss"}
    assert (rp.answer["state"], rp.answer["iss"]) == (state, issuer)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_AZ14_errors_carry_iss_and_the_same_state(app: Flask, http: FlaskClient, issuer: str, state: str) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    response = ask(http, client, state=state, response_type="token")
    assert set(response.headers["Location"]).isdisjoint("\r\n\t ")
    answer = answer_of(response)
    assert (answer["error"], answer["state"], answer["iss"]) == ("unsupported_response_type", state, issuer)


def _at_once(ask_for: Callable[..., dict[str, str]]) -> list[dict[str, str]]:
    return [
        ask_for(response_type="token"),
        ask_for(scope="no:such"),
        ask_for(code_challenge=None),
        ask_for(request="x"),
        ask_for(request_uri="https://x.test"),
        ask_for(prompt="none login"),
        ask_for(max_age="x"),
        ask_for(response_mode="fragment"),
        ask_for(resource="https://nowhere.test"),
        ask_for(id_token_hint="x"),
        ask_for(nonce=["1", "2"]),
        ask_for(state="x" * 5000, nonce="x" * 5000),
    ]


def test_AZ14_every_error_at_once(app: Flask, http: FlaskClient, issuer: str) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    answers = _at_once(lambda **changes: answer_of(ask(http, client, **changes)))
    assert [answer["iss"] for answer in answers] == [issuer] * len(answers)
    assert {answer["state"] for answer in answers} == {"s-1", "x" * 5000}


def test_AZ14_errors_after_a_page(party: MakeParty, issuer: str) -> None:
    rp = party(trusted=False)
    denied = rp.authorize().consent("deny").answer
    assert denied["error"] == "access_denied"
    silent = rp.authorize(prompt="none").answer
    assert silent["error"] == "consent_required"
    for answer, state in ((denied, None), (silent, rp.sent["state"])):
        assert answer["iss"] == issuer
        assert state in (None, answer["state"])


def test_AZ14_no_state_means_no_state(party: MakeParty, issuer: str) -> None:
    rp = party()
    assert set(rp.authorize(state=None).answer) == {"code", "iss"}
    assert "state" not in rp.authorize(state=None, scope="no:such").answer


def test_AZ14_the_query_of_a_registered_uri_is_kept(party: MakeParty, issuer: str) -> None:
    uri = "https://client.example/cb?tenant=a%2Fb&x=%C3%A9&y"
    rp = party(redirect_uris=[uri]).authorize()
    assert rp.reply is not None
    assert rp.reply.location.startswith(f"{uri}&code=")
    pairs = parse_qsl(urlsplit(rp.reply.location).query, keep_blank_values=True)
    assert pairs[0] == ("tenant", "a/b")
    assert [name for name, _ in pairs[3:]] == ["code", "state", "iss"]


def test_AZ14_the_issuer_does_not_follow_the_host_that_was_asked(app: Flask, http: FlaskClient, issuer: str) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    http.environ_base["HTTP_HOST"] = "evil.test"
    assert answer_of(ask(http, client, scope="no:such"))["iss"] == issuer
