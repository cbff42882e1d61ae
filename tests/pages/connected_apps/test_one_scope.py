"""Taking back one scope of an application, over HTTP: it is gone with the next request, and the rest goes on (RF8)."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.models import audit_events, consents, grants
from tests import state
from tests.factories import make_user
from tests.forms import forms
from tests.pages.connected_apps.connected import PAGE, Connected, MakeConnected, in_words, without_trace
from tests.pages.people import commit
from tests.relying_party import Credentials, claims_of

if TYPE_CHECKING:
    from authserver.composition import House

FORMS = pytest.mark.parametrize("form", ["jwt", "opaque"])
ASKED = "openid profile offline_access read:realms write:realms"
LEFT = {"openid", "profile", "offline_access", "read:realms"}


@FORMS
def test_RF8_the_next_introspection_knows_it_no_more(connected: MakeConnected, api: Credentials, form: str) -> None:
    rp = connected(asks=ASKED, access_token_format=form)
    access = rp.tokens["access_token"]
    assert rp.scope_of(access, api) == {*LEFT, "write:realms"}
    answer = rp.take_back("write:realms")
    assert (answer.status_code, answer.location) == (303, rp.page)
    assert rp.scope_of(access, api) == LEFT
    assert rp.introspect(access).json["scope"].split() == ["openid", "profile", "offline_access", "read:realms"]


@FORMS
def test_RF8_the_gateway_refuses_it_at_once(connected: MakeConnected, form: str) -> None:
    rp = connected(asks=ASKED, access_token_format=form)
    bearer = {"Authorization": f"Bearer {rp.tokens['access_token']}"}

    def at_the_gateway(scope: str) -> tuple[int, str]:
        answer = rp.transport.send("GET", f"/gateway/auth;scope={scope}", body=None, headers=bearer)
        return answer.status_code, answer.headers["X-Auth-Request-Scopes"]

    assert at_the_gateway("write:realms")[0] == 200
    rp.take_back("write:realms")
    assert at_the_gateway("write:realms")[0] == 403
    status, scopes = at_the_gateway("read:realms")
    assert (status, set(scopes.split())) == (200, LEFT)


@FORMS
def test_RF8_userinfo_tells_no_more_than_what_is_left(connected: MakeConnected, form: str) -> None:
    rp = connected(asks=ASKED, access_token_format=form)
    assert rp.userinfo().json["preferred_username"] == rp.user.username
    rp.take_back("profile")
    assert rp.userinfo().json == {"sub": rp.user.id}
    rp.take_back("openid")
    assert rp.userinfo().status_code == 403


@FORMS
def test_RF8_refreshing_gives_what_is_left_and_says_so(connected: MakeConnected, api: Credentials, form: str) -> None:
    rp = connected(asks=ASKED, access_token_format=form)
    rp.take_back("write:realms")
    refused = rp.refresh(scope="read:realms write:realms")
    assert (refused.status_code, refused.error) == (400, "invalid_scope")
    assert "What is left: openid profile offline_access read:realms" in refused.json["error_description"]
    answer = rp.refresh()  # the refused one has spent nothing
    assert set(answer.json["scope"].split()) == LEFT
    assert rp.scope_of(answer.json["access_token"], api) == LEFT
    if form == "jwt":
        assert set(claims_of(answer.json["access_token"])["scope"].split()) == LEFT
    assert rp.refresh(scope="admin").json["error_description"] == "The scope admin exceeds what was granted."


def test_RF8_a_code_that_was_not_redeemed_yet_gives_what_is_left(connected: MakeConnected) -> None:
    rp = connected(asks=ASKED)
    rp.authorize(scope=ASKED)
    code = rp.code
    rp.take_back("write:realms")
    assert set(rp.redeem(code=code).json["scope"].split()) == LEFT


@FORMS
def test_nothing_left_to_do_is_the_end(connected: MakeConnected, api: Credentials, app: Flask, form: str) -> None:
    rp = connected(asks="openid offline_access read:realms", access_token_format=form)
    access, refresh = rp.tokens["access_token"], rp.tokens["refresh_token"]
    assert "loses all access" in rp.see(f"{rp.page}/scope?scope=read:realms").text
    answer = rp.take_back("read:realms")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert not rp.is_active(access, api)
    assert rp.token(grant_type="refresh_token", refresh_token=refresh).error == "invalid_grant"
    page = rp.apps()
    assert "has no access any more" in page
    assert "No app has access" in page
    assert commit(app, lambda: consents.find(user_id=rp.user.id, client_id=rp.client.client_id)) is None


def test_a_narrower_token_without_anything_left_is_dead_although_the_grant_lives(
    connected: MakeConnected, api: Credentials
) -> None:
    rp = connected(asks=ASKED)
    narrow = rp.refresh(scope="write:realms").json["access_token"]
    only_openid = rp.refresh(scope="openid").json["access_token"]
    rp.take_back("write:realms")
    assert not rp.is_active(narrow, api)
    assert rp.scope_of(only_openid, api) == {"openid"}  # nothing was taken from it
    assert rp.refresh().status_code == 200


def test_without_offline_access_refreshing_ends_and_the_rest_goes_on(
    connected: MakeConnected, api: Credentials
) -> None:
    rp = connected(asks=ASKED)
    access = rp.tokens["access_token"]
    rp.take_back("offline_access")
    assert rp.scope_of(access, api) == {"openid", "profile", "read:realms", "write:realms"}
    assert rp.refresh().error == "invalid_grant"


def test_the_application_has_to_ask_again_for_that_alone(connected: MakeConnected, api: Credentials) -> None:
    rp = connected(asks=ASKED)
    old = rp.tokens["access_token"]
    rp.take_back("write:realms")
    rp.authorize(scope="openid profile offline_access read:realms")
    assert rp.code  # what is left goes without a question
    rp.authorize(scope=ASKED)
    assert rp.at == "/consent"
    rp.consent("allow").redeem()
    assert rp.scope_of(rp.tokens["access_token"], api) == {*LEFT, "write:realms"}
    assert rp.scope_of(old, api) == LEFT  # what was taken back of a grant never comes back to it


def test_others_keep_theirs(connected: MakeConnected, app: Flask, house: "House", api: Credentials) -> None:
    rp = connected(asks=ASKED)
    same_user = connected(person=(rp.user, rp.password), asks=ASKED)
    same_client = Connected(app.test_client(), rp.client, rp.secret)
    same_client.sign_in(*make_user(house)).authorize(scope=ASKED).consent("allow").redeem()
    rp.take_back("write:realms")
    for other in (same_user, same_client):
        assert rp.scope_of(other.tokens["access_token"], api) == {*LEFT, "write:realms"}


def test_a_trusted_application_loses_it_from_what_it_has(connected: MakeConnected, api: Credentials) -> None:
    rp = connected(asks=ASKED, trusted=True)
    access = rp.tokens["access_token"]
    assert "gets the permission again when you next sign in" in in_words(rp.see(f"{rp.page}/scope?scope=profile").text)
    rp.take_back("profile")
    assert rp.scope_of(access, api) == {"openid", "offline_access", "read:realms", "write:realms"}


def test_the_inspector_knows_it_too(connected: MakeConnected) -> None:
    rp = connected(asks=ASKED)
    rp.take_back("write:realms")
    (form,) = [form for form in forms(rp.see("/playground/inspector").text) if form.action == "/playground/inspector"]
    shown = rp.send(form.action, {**form.values, "value": rp.tokens["access_token"]}).text
    assert "It is live, for openid profile offline_access read:realms." in in_words(shown)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("opaque", "2 tokens lost it at once. APIs that remember answers may take up to 30 seconds."),
        ("jwt", "At least 2 tokens lost it at once. APIs that ask here and remember the answer may take up to 30 sec"),
    ],
)
def test_the_effect_is_told_as_it_is(connected: MakeConnected, form: str, said: str) -> None:
    rp = connected(asks=ASKED, access_token_format=form)
    rp.take_back("write:realms")
    shown = in_words(rp.see().text)
    assert "may do this no longer: Create and change realms." in shown
    assert said in shown


def test_the_effect_of_all_is_told_as_it_is(connected: MakeConnected) -> None:
    rp = connected(access_token_format="opaque")
    rp.remove()
    assert "2 tokens stopped working. APIs that remember answers may take up to 30 seconds." in in_words(rp.apps())


def test_AD7_it_is_audited(connected: MakeConnected, app: Flask) -> None:
    rp = connected(asks=ASKED)
    rp.take_back("write:realms")
    events = commit(app, lambda: audit_events.latest(limit=100, user_id=rp.user.id))
    (event,) = [event for event in events if event.tag == "consent.withdrawn"]
    assert (event.actor, event.client_id) == (rp.user.id, rp.client.client_id)
    assert event.details == {"grants": 1, "scope": "write:realms"}


def test_AD1_scopes_and_clients_of_others_are_as_absent_as_none(connected: MakeConnected, house: "House") -> None:
    rp, other = connected(asks=ASKED), connected(asks="openid email")
    before = state.of(house.database)
    bodies = set()
    for path in ("", "/scope?scope=email", "/scope?scope=openid", "/scope"):
        for client_id in (other.client.client_id, "cl_absent"):
            answer = rp.see(f"{PAGE}/{client_id}{path}")
            assert answer.status_code == 404
            bodies.add(without_trace(answer.text))
    for changes in ({"client_id": other.client.client_id}, {"client_id": "cl_absent"}):
        answer = rp.take_back("profile", **changes)
        assert answer.status_code == 404
        bodies.add(without_trace(answer.text))
    for scope in ("email", "admin", "", "write:realms read:realms", "WRITE:REALMS", "%"):
        answer = rp.take_back("profile", **{"scope": scope})
        assert answer.status_code == 404, scope
        bodies.add(without_trace(answer.text))
    assert len(bodies) == 1
    assert state.of(house.database) == before


def test_asking_changes_nothing_and_neither_does_a_form_without_its_token(
    connected: MakeConnected, house: "House"
) -> None:
    rp = connected(asks=ASKED)
    before = state.of(house.database)
    assert rp.see(f"{rp.page}/scope?scope=profile").status_code == 200
    assert rp.see().status_code == 200
    assert rp.take_back("profile", csrf_token=None).status_code == 400
    assert state.of(house.database) == before


def test_AD4_what_else_is_sent_counts_for_nothing(connected: MakeConnected, app: Flask) -> None:
    rp, more = connected(asks=ASKED), {"user_id": "usr_1", "withdrawn_scope": "read:realms", "grant": "g_1"}
    assert rp.take_back("write:realms", **more).status_code == 303
    (grant,) = commit(app, lambda: grants.of_user(rp.user.id))
    assert grant.withdrawn_scope == "write:realms"


def test_twice_is_absent_the_second_time(connected: MakeConnected) -> None:
    rp = connected(asks=ASKED)
    (form,) = [f for f in forms(rp.see(f"{rp.page}/scope?scope=profile").text) if f.action == f"{rp.page}/scope"]
    assert [rp.send(form.action, form.values).status_code for _ in range(2)] == [303, 404]
