"""RFC 6749 sections 4.1.2.1 and 5.2: `error_uri` leads to the page of the error, to the case only whoever has proved
who they are; the trace id stands in the header, never in a body (decision 35).
"""

from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import ISSUER
from tests.factories import make_client, make_resource_server
from tests.relying_party import basic
from tests.rfc.conftest import party_at
from tests.rfc.front_channel import answer_of, ask

if TYPE_CHECKING:
    from authserver.composition import House

DOCS = f"{ISSUER}/docs/errors"


def test_s5_2_a_client_that_has_authenticated_is_led_to_the_case(app: Flask) -> None:
    reply = party_at(app).token(grant_type="authorization_code", code="ac_no")
    assert reply.json["error_uri"] == f"{DOCS}/invalid_grant#code_unknown"


def test_s5_2_a_public_client_and_one_that_failed_are_led_to_the_error_only(app: Flask) -> None:
    public = party_at(app, method="none", type="spa")
    assert public.token(grant_type="authorization_code", code="ac_no").json["error_uri"] == f"{DOCS}/invalid_grant"
    client = party_at(app)
    failed = client.post("/token", {}, headers={"Authorization": basic(client.client.client_id, "wrong")})
    assert failed.json["error_uri"] == f"{DOCS}/invalid_request"
    failed = client.post("/token", {"grant_type": "refresh_token"}, headers={"Authorization": basic("x", "wrong")})
    assert failed.json["error_uri"] == f"{DOCS}/invalid_client"


def test_s4_1_2_1_a_redirected_error_has_it_beside_state_and_iss(http: FlaskClient, house: "House") -> None:
    client, _ = make_client(house)
    answer = answer_of(ask(http, client, response_type="token"))
    assert answer["error_uri"] == f"{DOCS}/unsupported_response_type"
    assert (answer["state"], answer["iss"]) == ("s-1", ISSUER)
    page = ask(http, client, response_type="token", response_mode="form_post").text
    assert f'value="{DOCS}/unsupported_response_type"' in page


@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/userinfo"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_json_error_has_a_page(http: FlaskClient, path: str, method: str) -> None:
    answer = http.open(path, method=method, data={"x": "y" * 70_000} if method == "POST" else None)
    assert answer.status_code in {400, 401, 405, 413}
    assert answer.json is not None
    page = http.get(answer.json["error_uri"].removeprefix(ISSUER))
    assert page.status_code == 200
    assert answer.json["error"] in page.text


def test_decision_35_the_trace_id_is_in_the_header_and_not_in_the_body(app: Flask) -> None:
    reply = party_at(app).token(grant_type="authorization_code", code="ac_no")
    trace_id = reply.headers["X-Request-Id"]
    assert len(trace_id) == 16
    assert trace_id not in reply.text


def test_a_script_of_a_registered_origin_may_read_the_trace_id(app: Flask, house: "House") -> None:
    client, _ = make_client(house, type="spa", allowed_origins=["https://spa.example"])
    sent = {"grant_type": "x", "client_id": client.client_id}
    answer = app.test_client().post("/token", data=sent, headers={"Origin": "https://spa.example"})
    assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]


def test_IN_an_inactive_token_has_exactly_the_one_body(http: FlaskClient, house: "House") -> None:
    api, secret = make_resource_server(house)
    answer = http.post("/introspect", data={"token": "x"}, headers={"Authorization": basic(api.client_id, secret)})
    assert answer.data == b'{"active": false}'
