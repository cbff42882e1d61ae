"""RFC 9126, pushed authorization requests: the endpoint, the request_uri, what a client is held to (PR1-PR6)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from authserver.models import clients
from tests.factories import make_client, within
from tests.relying_party import FORM, Local, RelyingParty, Reply, encoded
from tests.rfc.answers import refuses
from tests.rfc.conftest import MakeParty, Party, party_at
from tests.rfc.proofs import make_proof, new_key
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

PREFIX = "urn:ietf:params:oauth:request_uri:"
#: Every way in which a client may prove itself at the endpoint.
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


def pushed(party: RelyingParty, **changes: Any) -> str:
    """The request_uri of a good request."""
    reply = party.push(**changes)
    assert reply.status_code == 201, reply.text
    uri: str = reply.json["request_uri"]
    return uri


def visit(app: Flask, client_id: str | None, request_uri: str, **beside: Any) -> Reply:
    """Another browser brings it."""
    query = encoded({"client_id": client_id, "request_uri": request_uri, **beside})
    return Local(app.test_client()).send("GET", f"/authorize?{query}", body=None, headers={})


def is_page(reply: Reply) -> None:
    """`P400`: nothing for the client."""
    assert reply.status_code == 400, reply.headers.get("Location")
    assert "Location" not in reply.headers
    assert reply.headers["Content-Type"].startswith("text/html")


# -- section 2: the endpoint -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_s2_2_a_pushed_request_becomes_a_code(party: MakeParty, method: str) -> None:
    rp = party(method=method, type="spa" if method == "none" else "web")
    reply = rp.push(state="s-1")
    assert reply.status_code == 201
    assert set(reply.json) == {"request_uri", "expires_in"}
    assert reply.json["request_uri"].startswith(PREFIX)
    assert reply.json["expires_in"] == 60
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Content-Type"] == "application/json"
    rp.authorize(request_uri=reply.json["request_uri"])
    assert rp.answer["state"] == "s-1"
    assert rp.redeem().status_code == 200


def test_s2_2_the_request_uri_cannot_be_guessed(party: MakeParty) -> None:
    rp = party()
    first, second = pushed(rp), pushed(rp)
    assert first != second
    assert len(first.removeprefix(PREFIX)) >= 43  # 256 bits


def test_PR1_without_authentication_nothing_is_kept(
    party: MakeParty, machine: Local, row_counts: Callable[[], State]
) -> None:
    rp = party()
    before = row_counts()
    body = encoded(rp.wish())
    refuses(machine.send("POST", "/par", body=body, headers={"Content-Type": FORM}), "invalid_client", 401)
    refuses(rp.post("/par", rp.wish(), as_=(rp.client, "wrong")), "invalid_client", 401)
    refuses(rp.post("/par", {**rp.wish(), "client_id": "no-such"}, headers={}), "invalid_client", 401)
    assert row_counts() == before


def test_PR2_a_request_uri_inside_is_refused(party: MakeParty, row_counts: Callable[[], State]) -> None:
    rp = party()
    uri, before = pushed(rp), row_counts()
    refuses(rp.push(request_uri=uri), "invalid_request")
    refuses(rp.push(request_uri="https://client.example/request.jwt"), "invalid_request")
    assert row_counts() == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "no:such"}, "invalid_scope"),
        ({"resource": "https://nowhere.example"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"state": ["a", "b"]}, "invalid_request"),
        ({"state": "a\0b"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"dpop_jkt": "short"}, "invalid_request"),
    ],
)
def test_PR3_what_authorize_would_refuse_is_refused_when_it_is_pushed(
    party: MakeParty, changes: dict[str, Any], error: str, row_counts: Callable[[], State]
) -> None:
    rp = party()
    before = row_counts()
    refuses(rp.push(**changes), error)
    assert row_counts() == before


def test_s2_1_the_client_id_must_be_that_of_the_client_that_authenticates(party: MakeParty) -> None:
    rp, other = party(), party()
    refuses(rp.push(client_id=other.client.client_id), "invalid_request")
    assert rp.push(client_id=None).status_code == 201  # its authentication names it


def test_s2_1_a_client_assertion_for_another_client_pushes_nothing(party: MakeParty) -> None:
    rp, other = party(method="private_key_jwt"), party()
    reply = rp.push(client_id=other.client.client_id)
    assert reply.error in {"invalid_request", "invalid_client"}


def test_s2_3_other_methods_and_bodies_are_refused(party: MakeParty, machine: Local) -> None:
    rp = party()
    assert machine.send("GET", f"/par?{encoded(rp.wish())}", body=None, headers={}).status_code == 405
    assert rp.push(login_hint="x" * 70_000).status_code == 413
    assert rp.post("/par?" + urlencode({"scope": "openid"}), rp.wish()).error == "invalid_request"


def test_s2_3_errors_are_as_at_the_token_endpoint_and_go_nowhere_else(party: MakeParty) -> None:
    reply = party().push(scope="no:such")
    refuses(reply, "invalid_scope")
    assert "Location" not in reply.headers


# -- sections 5 and 6: metadata ----------------------------------------------------------------------------------------


def test_s5_the_metadata_names_the_endpoint(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/oauth-authorization-server", body=None, headers={}).json
    assert document["pushed_authorization_request_endpoint"] == document["issuer"] + "/par"
    assert document["require_pushed_authorization_requests"] is False


def test_PR6_a_client_that_must_push_cannot_do_without(party: MakeParty) -> None:
    rp = party(require_pushed_authorization_requests=True)
    rp.authorize(state="s-1")
    assert (rp.answer["error"], rp.answer["state"]) == ("invalid_request", "s-1")
    assert rp.authorize_pushed().redeem().status_code == 200


def test_s6_the_member_is_kept_and_told(house: "House") -> None:
    client, _ = make_client(house, require_pushed_authorization_requests=True)
    with within(house):
        found = clients.find(client.client_id)
    assert found is not None
    assert found.details["require_pushed_authorization_requests"] is True


# -- RFC 9449 section 10.1: a proof binds the code ---------------------------------------------------------------------


@pytest.fixture
def dpop(app: Flask) -> Party:
    rp = party_at(app)
    rp.dpop_key = new_key()
    return rp


def test_rfc9449_s10_1_the_proof_of_the_push_binds_the_code(dpop: Party) -> None:
    reply = dpop.push(proven=True)
    assert reply.status_code == 201, reply.text
    dpop.authorize(request_uri=reply.json["request_uri"])
    own, dpop.dpop_key = dpop.dpop_key, new_key()
    refuses(dpop.redeem(), "invalid_grant")
    dpop.dpop_key = own
    assert dpop.redeem().json["token_type"] == "DPoP"


def test_rfc9449_s10_1_without_the_proof_the_code_is_worth_nothing(dpop: Party) -> None:
    dpop.authorize(request_uri=dpop.push(proven=True).json["request_uri"])
    dpop.dpop_key = None
    refuses(dpop.redeem(), "invalid_grant")


def test_rfc9449_s10_1_the_parameter_and_the_proof_name_the_same_key(
    dpop: Party, row_counts: Callable[[], State]
) -> None:
    assert dpop.dpop_key is not None
    refuses(dpop.push(proven=True, dpop_jkt=new_key().thumbprint()), "invalid_request")
    assert dpop.push(proven=True, dpop_jkt=dpop.dpop_key.thumbprint()).status_code == 201


def test_rfc9449_s10_1_a_bad_proof_pushes_nothing(dpop: Party) -> None:
    assert dpop.dpop_key is not None
    body, headers = dpop._asked(dpop.client, dpop.secret, dpop.wish(), None)
    proof = make_proof(dpop.dpop_key, "POST", "http://localhost:8000/token")
    reply = dpop.transport.send("POST", "/par", body=body, headers={**headers, "DPoP": proof})
    refuses(reply, "invalid_dpop_proof")
