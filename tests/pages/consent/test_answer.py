"""Answering the consent page, over HTTP: AZ22-AZ24 and AZ26 of the security list, and who may answer."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask

from authserver.models import authorization_requests, clients, users
from authserver.models.unit_of_work import unit_of_work
from authserver.opaque import digest
from tests import state
from tests.factories import CALLBACK, make_user
from tests.pages.consent.asking import Asking, MakeAsking, assert_stale, look, send, text_of
from tests.relying_party import FORM, encoded

OTHER = "https://evil.example/callback"


# -- the answer --------------------------------------------------------------------------------------------------------


def test_allow_leads_to_a_code_with_the_scopes_that_were_asked_for(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid read:realms")
    rp.consent("allow")
    assert rp.redeem().json["scope"] == "openid read:realms"
    kept = rp.remembered()
    assert kept is not None
    assert kept.scope == "openid read:realms"


def test_AZ26_the_decision_is_answered_by_303_on_the_way_back(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    reply = send(rp, **rp.answer_of_the_user)
    assert (reply.status_code, reply.location) == (303, "/authorize?" + urlencode({"req": rp.req}))


def test_C14_deny_is_access_denied_with_state_and_iss(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    rp.consent("deny")
    assert rp.answer["error"] == "access_denied"
    assert rp.answer["state"] == rp.sent["state"]
    assert rp.answer["iss"] == rp.house.settings.issuer
    assert rp.remembered() is None


def test_a_denial_counts_although_the_same_was_allowed_in_another_tab(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="read:realms")
    first = dict(rp.question.values)
    rp.authorize(scope="read:realms")
    rp.consent("allow")
    assert send(rp, **first, decision="deny").status_code == 303
    back = rp.transport.send("GET", f"/authorize?{urlencode({'req': first['req']})}", body=None, headers={})
    assert "error=access_denied" in back.location


@pytest.mark.parametrize("decision", [None, "", "yes", "ALLOW", "deny allow"])
def test_an_answer_that_is_neither_changes_nothing(asking: MakeAsking, decision: str | None) -> None:
    rp = asking()
    rp.authorize()
    before = state.of(rp.house.database)
    reply = send(rp, **rp.question.values, decision=decision)
    assert reply.status_code == 400
    assert "Choose Allow or Deny." in reply.text
    assert state.of(rp.house.database) == before


# -- AZ22-AZ24 ---------------------------------------------------------------------------------------------------------


def test_AZ22_other_parameters_in_the_post_do_not_count(asking: MakeAsking) -> None:
    rp, foreign = asking(), asking()
    rp.authorize(scope="read:realms")
    rp.consent(
        "allow",
        client_id=foreign.client.client_id,
        redirect_uri=OTHER,
        response_mode="form_post",
        state="forged",
        scope="read:realms write:realms delete:realms",
        user_id=foreign.user.id,
    )
    assert rp.reply is not None
    assert rp.reply.location.startswith(f"{CALLBACK}?")
    assert rp.answer["state"] == rp.sent["state"]
    assert rp.redeem().json["scope"] == "read:realms"
    assert foreign.remembered() is None


def test_AZ22_scopes_beyond_the_request_are_not_granted_to_a_client_with_choice(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize(scope="openid read:realms write:realms")
    rp.consent("allow", scope=["read:realms", "delete:realms", "admin"])
    assert rp.redeem().json["scope"] == "openid read:realms"


@pytest.mark.parametrize("token", [None, "", "forged", "foreign"])
def test_AZ23_without_its_own_csrf_token_there_is_no_code(asking: MakeAsking, token: str | None) -> None:
    rp = asking()
    rp.authorize()
    if token == "foreign":
        other = asking()
        other.authorize()
        token = str(other.question.values["csrf_token"])
    before = state.of(rp.house.database)
    reply = send(rp, **{**rp.question.values, "csrf_token": token, "decision": "allow"})
    assert reply.status_code == 400
    assert not reply.location
    assert state.of(rp.house.database) == before


def test_AZ23_a_post_from_another_site_is_refused(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    body = encoded({**rp.question.values, "decision": "allow"})
    headers = {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"}
    reply = rp.transport.send("POST", "/consent", body=body, headers=headers)
    assert (reply.status_code, reply.location) == (403, "")
    assert rp.remembered() is None


def test_AZ24_sixteen_at_a_time_are_one_answer(app: Flask, asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid read:realms")
    body = encoded({**rp.question.values, "decision": "allow"})
    cookies = "; ".join(f"{one.key}={one.value}" for one in _cookies(rp))

    def press(_number: int) -> int:
        browser = app.test_client(use_cookies=False)
        return browser.post("/consent", data=body, content_type=FORM, headers={"Cookie": cookies}).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(press, range(16)))
    assert sorted(answers) == [303] + [400] * 15


def _cookies(rp: Asking) -> list:
    return list(rp.transport._http._cookies.values())


def test_AZ24_a_second_answer_is_refused_after_the_code_as_well(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    form = rp.answer_of_the_user
    rp.consent("allow")
    assert_stale(send(rp, **form))
    assert_stale(look(rp, form["req"]))
    assert rp.redeem().status_code == 200


# -- who may see the page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("req", [None, "", "ar_unknown", "x" * 5000])
def test_an_unknown_request_is_an_error_page(asking: MakeAsking, req: str | None) -> None:
    rp = asking()
    assert_stale(look(rp, req or ""))
    assert_stale(send(rp, req=req, decision="allow"))


def test_a_request_is_good_only_in_the_browser_that_began_it(app: Flask, asking: MakeAsking) -> None:
    rp, thief = asking(), asking()
    rp.authorize()
    assert_stale(look(thief, rp.req))
    assert_stale(send(thief, **{**rp.question.values, "decision": "allow"}))


def test_a_request_expires(asking: MakeAsking, frozen: time_machine.Traveller) -> None:
    rp = asking()
    rp.authorize()
    form = {**rp.question.values, "decision": "allow"}
    frozen.shift(rp.house.settings.request_ttl + 1)
    assert_stale(look(rp, form["req"]))
    assert_stale(send(rp, **form))


def test_a_client_that_was_disabled_meanwhile_gets_no_answer(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    with unit_of_work(rp.house.database) as unit:
        clients.change(rp.client.client_id, disabled_at=1)
        unit.commit()
    assert_stale(send(rp, **rp.question.values, decision="allow"))
    assert rp.remembered() is None


def test_whoever_is_not_signed_in_goes_back_to_authorize(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    req, form = rp.req, {**rp.question.values, "decision": "allow"}
    rp.transport._http.delete_cookie("sid")
    for reply in (look(rp, req), send(rp, **form)):
        assert (reply.status_code, reply.location) == (303, "/authorize?" + urlencode({"req": req}))
    assert rp.remembered() is None


def test_an_answer_before_the_new_login_that_was_asked_for_does_not_count(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(prompt="login consent")
    assert rp.at == "/login"
    req = str(rp.form("/login").values["req"])
    token = rp.form("/login").values["csrf_token"]
    for reply in (look(rp, req), send(rp, req=req, csrf_token=token, decision="allow")):
        assert (reply.status_code, reply.location) == (303, "/authorize?" + urlencode({"req": req}))
    assert rp.remembered() is None


def test_the_person_who_decides_is_the_one_at_the_browser(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    req, other = rp.req, make_user(rp.house)
    rp._submit("/login/select", {"choice": "other", "req": req})
    rp.sign_in(*other)
    rp.consent("allow")
    assert rp.redeem().status_code == 200
    assert rp.remembered() is None
    rp.user = other[0]
    assert rp.remembered() is not None


def test_a_person_who_was_disabled_meanwhile_cannot_answer(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    with unit_of_work(rp.house.database) as unit:
        users.change(rp.user.id, disabled_at=1)
        unit.commit()
    assert send(rp, **rp.question.values, decision="allow").location.startswith("/authorize")
    assert rp.remembered() is None


def test_a_request_that_was_spent_is_an_error_page(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    with unit_of_work(rp.house.database) as unit:
        found = authorization_requests.find(rp.req, browser=_browser_of(rp))
        assert found is not None
        authorization_requests.spend(found)
        unit.commit()
    assert_stale(send(rp, **rp.question.values, decision="allow"))


def _browser_of(rp: Asking) -> str:
    return digest("browser", rp.transport._http.get_cookie("browser").value)


# -- C15: the page explains itself -------------------------------------------------------------------------------------


def test_C15_an_answered_request_says_so_and_names_the_app(asking: MakeAsking) -> None:
    rp = asking(client_name="Tour Planner", redirect_uris=["https://tours.example/cb"])
    rp.authorize(scope="read:realms")
    form = rp.answer_of_the_user
    rp.consent("allow")
    reply = send(rp, **form, redirect_uri=OTHER)
    assert_stale(reply)
    assert "Tour Planner has got its answer" in text_of(reply.text)
    assert "tours.example" in text_of(reply.text)
    assert "evil.example" not in reply.text


def test_C15_an_expired_request_can_be_started_again(asking: MakeAsking, frozen: time_machine.Traveller) -> None:
    rp = asking(client_name="Tour Planner")
    rp.authorize(scope="read:realms")
    req = rp.req
    frozen.shift(rp.house.settings.request_ttl + 1)
    rp.sign_in(rp.user, rp.password)  # the session was idle for as long
    rp.reply = look(rp, req)
    assert_stale(rp.reply)
    assert "Start again with Tour Planner" in text_of(rp.reply.text)
    rp._submit("/authorize/again", {})
    assert rp.at == "/consent"
    rp.consent("allow")
    assert rp.answer["state"] == rp.sent["state"]
