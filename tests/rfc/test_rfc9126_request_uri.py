"""RFC 9126 section 4: the request_uri is good once, for a minute, for one client, in one browser (PR4, PR5)."""

from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.oauth import clients as registered
from tests.factories import ACTOR, PASSWORD, within
from tests.forms import forms
from tests.relying_party import Local, RelyingParty, Reply, encoded
from tests.rfc.conftest import MakeParty

if TYPE_CHECKING:
    from authserver.composition import House

PREFIX = "urn:ietf:params:oauth:request_uri:"


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


def test_PR4_a_reload_in_the_same_browser_goes_on(app: Flask, party: MakeParty) -> None:
    rp = party(trusted=False)
    uri = pushed(rp)
    assert rp.authorize(request_uri=uri).at == "/consent"
    assert rp.authorize(request_uri=uri).at == "/consent"
    assert rp.consent().code


def test_PR4_another_browser_gets_the_error_page_and_no_way_to_begin(app: Flask, party: MakeParty) -> None:
    rp = party(trusted=False)
    uri = pushed(rp)
    rp.authorize(request_uri=uri)
    reply = visit(app, rp.client.client_id, uri)
    is_page(reply)
    assert not [form for form in forms(reply.text) if form.action == "/authorize/again"]
    assert rp.consent().redeem().status_code == 200


def test_PR4_after_the_code_the_request_uri_is_spent(app: Flask, party: MakeParty) -> None:
    rp = party()
    uri = pushed(rp)
    assert rp.authorize(request_uri=uri).code
    again = rp.authorize(request_uri=uri)
    assert again.reply is not None
    is_page(again.reply)
    is_page(visit(app, rp.client.client_id, uri))


def test_PR4_another_client_cannot_use_it_and_its_owner_still_can(app: Flask, party: MakeParty) -> None:
    rp, other = party(), party()
    uri = pushed(rp)
    is_page(visit(app, other.client.client_id, uri))
    is_page(visit(app, "no-such", uri))
    is_page(visit(app, None, uri))
    assert rp.authorize(request_uri=uri).code


def test_PR4_after_its_60_seconds_nobody_can_use_it(
    app: Flask, party: MakeParty, frozen: time_machine.Traveller
) -> None:
    rp = party()
    early, late = pushed(rp), pushed(rp)
    frozen.shift(59)
    assert rp.authorize(request_uri=early).code
    frozen.shift(1)
    reply = rp.authorize(request_uri=late).reply
    assert reply is not None
    is_page(reply)
    assert "open for too long" in reply.text
    assert not [form for form in forms(reply.text) if form.action == "/authorize/again"]


@pytest.mark.parametrize("id_", ["", "x", "ar_unknown", "a" * 5000, "%00", "é"])
def test_PR4_an_unknown_request_uri_is_the_error_page(app: Flask, party: MakeParty, id_: str) -> None:
    reply = visit(app, party().client.client_id, PREFIX + id_)
    is_page(reply)
    assert "invalid_request_uri" in reply.text


def test_PR4_a_request_that_was_not_pushed_is_no_request_uri(party: MakeParty) -> None:
    rp = party(trusted=False)
    assert rp.authorize().at == "/consent"
    assert rp.reply is not None
    request_id = rp.reply.path.partition("req=")[2]
    assert request_id.startswith("ar_")
    reply = rp.authorize(request_uri=PREFIX + request_id).reply
    assert reply is not None
    is_page(reply)


def test_PR4_the_id_alone_does_not_claim_a_pushed_request(party: MakeParty) -> None:
    rp = party()
    uri = pushed(rp)
    reply = rp._browse("GET", f"/authorize?req={uri.removeprefix(PREFIX)}").reply
    assert reply is not None
    is_page(reply)
    assert not [form for form in forms(reply.text) if form.action == "/authorize/again"]
    assert rp.authorize(request_uri=uri).code


@pytest.mark.parametrize("name", ["client_id", "request_uri"])
def test_PR4_repeated_parameters_are_the_error_page(app: Flask, party: MakeParty, name: str) -> None:
    rp = party()
    sent = {"client_id": rp.client.client_id, "request_uri": pushed(rp)}
    is_page(visit(app, **{**sent, name: [sent[name], sent[name]]}))


def test_PR5_parameters_beside_the_request_uri_are_ignored(app: Flask, party: MakeParty) -> None:
    rp = party()
    uri = pushed(rp, state="pushed", scope="openid")
    rp.authorize(
        request_uri=uri,
        state="beside",
        scope="openid write:realms",
        redirect_uri="https://evil.example/cb",
        response_mode="form_post",
        code_challenge="A" * 43,
        prompt=["none", "login"],
    )
    assert rp.reply is not None
    assert rp.reply.location.startswith(rp.client.redirect_uris[0])
    assert rp.answer["state"] == "pushed"
    assert rp.redeem().json["scope"] == "openid"


def test_s4_a_form_may_carry_the_request_uri(party: MakeParty) -> None:
    rp = party()
    body = encoded({"client_id": rp.client.client_id, "request_uri": pushed(rp)})
    assert rp._browse("POST", "/authorize", body=body).code


def test_s4_one_that_expired_in_its_browser_can_be_opened_again_there_and_gives_one_code(
    party: MakeParty, frozen: time_machine.Traveller
) -> None:
    rp = party(trusted=False, require_pushed_authorization_requests=True)
    rp.authorize(request_uri=pushed(rp))
    path = str(rp.reply.path if rp.reply else "")
    frozen.shift(1801)
    rp._browse("GET", path)
    assert "open for too long" in str(rp.reply.text if rp.reply else "")
    stale = rp.form("/authorize/again")
    assert rp._submit("/authorize/again", {}).at == "/login"  # the session has ended too
    again = rp._browse("POST", "/authorize/again", body=encoded(stale.values))  # the second click finds it open
    assert again.at == "/login"
    rp.sign_in(rp.user, PASSWORD)
    assert rp.at == "/consent"
    assert rp.consent().redeem().status_code == 200
    assert rp._browse("GET", path).at != ""
    assert not rp.answer


def test_s4_whoever_said_no_may_change_their_mind_in_the_same_browser_and_once(app: Flask, party: MakeParty) -> None:
    rp = party(trusted=False)
    uri = pushed(rp, state="s-1")
    assert rp.authorize(request_uri=uri).consent("deny").answer["error"] == "access_denied"
    is_page(visit(app, rp.client.client_id, uri))  # not elsewhere
    rp.authorize(request_uri=uri)
    assert rp._submit("/authorize/again", {}).at == "/consent"
    assert rp.consent().answer["state"] == "s-1"
    assert rp.redeem().status_code == 200
    reply = rp.authorize(request_uri=uri).reply
    assert reply is not None
    is_page(reply)
    assert not [form for form in forms(reply.text) if form.action == "/authorize/again"]


def test_s4_a_client_that_was_disabled_in_between_is_the_error_page(
    app: Flask, house: "House", party: MakeParty
) -> None:
    rp = party()
    uri = pushed(rp)
    with within(house):
        registered.set_enabled(rp.client, False, actor=ACTOR)
    is_page(visit(app, rp.client.client_id, uri))
