"""Connected applications over HTTP: what has access, and RF8: taking it back ends every token at once."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.browser.presentation import moment
from authserver.models import audit_events, consents, grants
from authserver.models.unit_of_work import unit_of_work
from tests import state
from tests.factories import make_client, make_user
from tests.forms import forms
from tests.pages.connected_apps.connected import PAGE, Connected, MakeConnected, card, without_trace
from tests.pages.people import commit
from tests.relying_party import FORM, Credentials, RelyingParty, encoded

if TYPE_CHECKING:
    from authserver.composition import House


def test_the_empty_page_explains_itself(app: Flask, house: "House") -> None:
    client, _ = make_client(house)
    rp = RelyingParty(app.test_client(), client).sign_in(*make_user(house))
    assert "No app has access" in rp.transport.send("GET", PAGE, body=None, headers={}).text


def test_strangers_sign_in_first(app: Flask) -> None:
    answer = app.test_client().get(PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=%2Faccount%2Fapps")


def test_says_who_has_access_to_what_and_since_when(connected: MakeConnected, frozen: time_machine.Traveller) -> None:
    now = moment(clock.now()).striptags()
    rp = connected(client_name="Tour planner", redirect_uris=["https://tours.example:8443/cb"])
    shown = card(rp.apps(), "Tour planner")
    assert "tours.example:8443" in shown
    for words in ("Know who you are openid", "See your realms read:realms"):
        assert words in shown
    assert f"Allowed {now} " in shown
    assert f"Last used {now} " in shown
    assert "Live tokens at least 2" in shown  # a signed token leaves no row


@pytest.mark.parametrize(("form", "number"), [("jwt", "at least 2"), ("opaque", "2")])
def test_live_tokens_are_counted_and_run_out(
    connected: MakeConnected, frozen: time_machine.Traveller, form: str, number: str
) -> None:
    rp = connected(access_token_format=form)
    assert f"Live tokens {number}" in card(rp.apps(), rp.client.name)
    frozen.shift(901)  # the access token is over, the refresh token is not
    assert "Live tokens 1" in card(rp.apps(), rp.client.name)


def test_a_trusted_application_is_listed_without_a_consent(connected: MakeConnected) -> None:
    rp = connected(trusted=True)
    assert "read:realms" in card(rp.apps(), rp.client.name)


def test_a_hostile_name_is_only_text(connected: MakeConnected) -> None:
    rp = connected(client_name="<script>alert(1)</script>")
    assert "<script>alert" not in rp.apps()


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_RF8_removing_access_ends_every_token_at_once(connected: MakeConnected, api: Credentials, form: str) -> None:
    rp = connected(access_token_format=form)
    access, refresh = rp.tokens["access_token"], rp.tokens["refresh_token"]
    assert rp.is_active(access, api)
    answer = rp.remove()
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert not rp.is_active(access, api)
    refused = rp.token(grant_type="refresh_token", refresh_token=refresh)
    assert (refused.status_code, refused.error) == (400, "invalid_grant")
    page = rp.apps()
    assert "has no access any more" in page
    assert "No app has access" in page


def test_RF8_a_code_that_was_not_redeemed_yet_is_dead_too(connected: MakeConnected) -> None:
    rp = connected()
    rp.authorize()
    code = rp.code
    rp.remove()
    assert rp.redeem(code=code).error == "invalid_grant"


def test_RF8_the_application_has_to_ask_again(connected: MakeConnected) -> None:
    rp = connected()
    rp.authorize()
    assert rp.code
    rp.remove()
    rp.authorize()
    assert rp.at == "/consent"


def test_RF8_a_trusted_application_loses_its_tokens_as_well(connected: MakeConnected, api: Credentials) -> None:
    rp = connected(trusted=True)
    access = rp.tokens["access_token"]
    assert rp.remove().status_code == 303
    assert not rp.is_active(access, api)


def test_RF8_others_keep_what_they_have(connected: MakeConnected, app: Flask, house: "House", api: Credentials) -> None:
    rp = connected()
    same_user = connected(person=(rp.user, rp.password))
    same_client = Connected(app.test_client(), rp.client, rp.secret)
    same_client.sign_in(*make_user(house)).authorize().consent("allow").redeem()
    rp.remove()
    assert rp.is_active(same_user.tokens["access_token"], api)
    assert rp.is_active(same_client.tokens["access_token"], api)


def test_AD7_it_is_audited(connected: MakeConnected, app: Flask) -> None:
    rp = connected()
    rp.remove()
    events = commit(app, lambda: audit_events.latest(limit=100, user_id=rp.user.id))
    (event,) = [event for event in events if event.tag == "consent.withdrawn"]
    assert (event.actor, event.client_id, event.details) == (rp.user.id, rp.client.client_id, {"grants": 1})


def test_AD1_the_connection_of_another_is_as_absent_as_none(connected: MakeConnected, house: "House") -> None:
    rp, other = connected(), connected()
    before = state.of(house.database)
    foreign, absent = rp.remove(other.client.client_id), rp.remove("cl_absent")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert without_trace(foreign.text) == without_trace(absent.text)
    assert state.of(house.database) == before


def test_twice_is_absent_the_second_time(connected: MakeConnected, house: "House") -> None:
    rp = connected()
    (form,) = [form for form in forms(rp.apps()) if form.action.endswith("/revoke")]
    sent = [
        rp.transport.send("POST", form.action, body=encoded(form.values), headers={"Content-Type": FORM})
        for _ in range(2)
    ]
    assert [reply.status_code for reply in sent] == [303, 404]
    with unit_of_work(house.database):
        assert consents.of_user(rp.user.id) == []
        assert grants.of_user(rp.user.id) == []


def test_without_a_csrf_token_nothing_is_taken_back(connected: MakeConnected, house: "House") -> None:
    rp = connected()
    before = state.of(house.database)
    assert rp.remove(csrf_token=None).status_code == 400
    assert rp.transport.send("GET", f"{PAGE}/{rp.client.client_id}/revoke", body=None, headers={}).status_code == 405
    assert state.of(house.database) == before
