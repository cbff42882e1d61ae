"""The password before dangerous permissions, and after a while: C17."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask

from authserver.accounts.throttling import PER_ACCOUNT
from authserver.browser.freshness import LIFETIME
from tests import state
from tests.pages.consent.asking import Asking, MakeAsking, assert_stale, send, text_of
from tests.relying_party import FORM, encoded

SAFE, DANGEROUS = "openid read:realms", "openid read:realms delete:realms"


def is_asked(rp: Asking) -> bool:
    return "password" in rp.question.values


# -- when --------------------------------------------------------------------------------------------------------------


def test_C17_not_for_harmless_permissions_soon_after_the_login(
    asking: MakeAsking, frozen: time_machine.Traveller
) -> None:
    rp = asking()
    frozen.shift(LIFETIME)
    rp.authorize(scope=SAFE)
    assert not is_asked(rp)
    rp.consent("allow", password=None)
    assert rp.code


def test_C17_after_a_while_for_everything(asking: MakeAsking, frozen: time_machine.Traveller) -> None:
    rp = asking()
    frozen.shift(LIFETIME + 1)
    rp.authorize(scope=SAFE)
    assert is_asked(rp)
    assert "You have been signed in for a while." in text_of(rp.page)
    rp.consent("allow")
    assert rp.code


@pytest.mark.parametrize("scope", ["delete:realms", "admin"])
def test_C17_for_what_destroys_or_is_reserved(asking: MakeAsking, scope: str) -> None:
    rp = asking(scope=f"read:realms {scope}", admin=True)
    rp.authorize()
    assert is_asked(rp)
    assert "Because this is a permission of high risk." in text_of(rp.page)
    reply = send(rp, **{**rp.question.values, "decision": "allow"})
    assert (reply.status_code, reply.location) == (400, "")
    rp.consent("allow")
    assert rp.code


def test_C17_not_for_whoever_has_just_signed_in_for_this_very_request(
    asking: MakeAsking, frozen: time_machine.Traveller
) -> None:
    rp = asking()
    rp.transport._http.delete_cookie("sid")
    rp.authorize(scope=DANGEROUS).sign_in(rp.user, rp.password)
    assert not is_asked(rp)
    frozen.shift(LIFETIME + 1)  # the page was open meanwhile
    reply = send(rp, **{**rp.question.values, "decision": "allow"})
    assert reply.status_code == 400
    assert "Enter your password." in text_of(reply.text)


def test_C17_what_was_given_before_is_not_given_newly(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope=DANGEROUS).consent("allow")
    rp.transport._http.delete_cookie("sid")
    rp.sign_in(rp.user, rp.password)
    rp.authorize(scope=f"{DANGEROUS} write:realms")
    assert not is_asked(rp)
    rp.becomes(client_name="Another")
    rp.authorize(scope=DANGEROUS)
    assert is_asked(rp)  # to what the application is now it was never given


def test_C17_a_delete_scope_that_is_left_unchecked_needs_none(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize(scope=DANGEROUS)
    assert is_asked(rp)
    assert "Needed only if you check a permission of high risk." in text_of(rp.page)
    reply = send(rp, **{**rp.question.values, "decision": "allow", "scope": ["delete:realms"]})
    assert reply.status_code == 400
    rp.consent("allow", scope=["read:realms"], password="")
    assert rp.redeem().json["scope"] == SAFE


@pytest.mark.parametrize("password", [None, "", "wrong"])
def test_C17_a_denial_never_needs_it(asking: MakeAsking, frozen: time_machine.Traveller, password: str | None) -> None:
    rp = asking()
    frozen.shift(LIFETIME + 1)
    rp.authorize(scope=DANGEROUS).consent("deny", password=password)
    assert rp.answer["error"] == "access_denied"


# -- right and wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["", "wrong", "x" * 2000, "e\u0301" * 600])
def test_C17_wrong_keeps_every_choice_and_decides_nothing(asking: MakeAsking, password: str) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize()
    before = state.of(rp.house.database)
    chosen = {"scope": ["delete:realms", "offline_access"], "ttl": "86400"}
    rp._submit("/consent", {"decision": "allow", "password": password, **chosen})
    assert rp.reply is not None
    assert rp.reply.status_code == 400
    assert ("The password is wrong." if password else "Enter your password.") in text_of(rp.page)
    assert "<title>Error:" in rp.page
    assert {name: sorted(rp.question.values[name]) for name in ("scope", "ttl")} == {
        "scope": chosen["scope"],
        "ttl": ["86400"],
    }
    assert not rp.question.values["password"]  # what was typed is not sent back
    assert state.of(rp.house.database) == before
    rp.consent("allow")
    assert set(rp.redeem().json["scope"].split()) == {"openid", *chosen["scope"]}


def test_C17_right_is_a_new_proof_for_the_session_and_the_token(
    asking: MakeAsking, frozen: time_machine.Traveller
) -> None:
    rp = asking()
    before = rp.transport._http.get_cookie("sid").value
    frozen.shift(LIFETIME + 1)
    rp.authorize(scope=DANGEROUS).consent("allow")
    assert rp.transport._http.get_cookie("sid").value != before  # LG3
    rp.redeem()
    api = rp.introspect().json
    assert api["scope"] == DANGEROUS
    rp.authorize(scope=f"{DANGEROUS} write:realms")
    assert not is_asked(rp)  # harmless, and the proof is new


def test_C17_guesses_are_throttled_as_at_the_login(asking: MakeAsking, frozen: time_machine.Traveller) -> None:
    rp = asking()
    rp.authorize(scope=DANGEROUS)
    wrong = {**rp.question.values, "decision": "allow", "password": "wrong"}
    assert [send(rp, **wrong).status_code for _ in range(PER_ACCOUNT)] == [400] * PER_ACCOUNT
    right = {**wrong, "password": rp.password}
    reply = send(rp, **right)
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) > 0
    assert "Too many attempts" in text_of(reply.text)
    frozen.shift(int(reply.headers["Retry-After"]))
    assert send(rp, **right).status_code == 303


def test_C17_a_session_that_was_ended_meanwhile_proves_nothing(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope=DANGEROUS)
    form = rp.answer_of_the_user
    rp.transport._http.delete_cookie("sid")
    reply = send(rp, **form)
    assert (reply.status_code, urlsplit(reply.location).path) == (303, "/authorize")
    assert rp.remembered() is None


def test_C17_AZ24_sixteen_right_passwords_are_one_answer(app: Flask, asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope=DANGEROUS)
    body = encoded(rp.answer_of_the_user)
    cookies = "; ".join(f"{one.key}={one.value}" for one in rp.transport._http._cookies.values())

    def press(_number: int) -> tuple[int, str]:
        browser = app.test_client(use_cookies=False)
        reply = browser.post("/consent", data=body, content_type=FORM, headers={"Cookie": cookies})
        return reply.status_code, next((c for c in reply.headers.getlist("Set-Cookie") if c.startswith("sid=")), "")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(press, range(16)))
    assert sorted(status for status, _ in answers) == [303] + [400] * 15
    renewed = [(status, cookie) for status, cookie in answers if cookie]
    assert [status for status, _ in renewed] == [303]  # the others do not take the new cookie away
    rp.transport._http.set_cookie("sid", renewed[0][1].partition(";")[0].removeprefix("sid="))
    rp._browse("GET", f"/authorize?req={parse_qs(body)['req'][0]}")
    assert rp.redeem().json["scope"] == DANGEROUS


def test_C15_an_answer_after_the_answer_proves_nothing(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope=DANGEROUS)
    form = rp.answer_of_the_user
    rp.consent("allow")
    assert_stale(send(rp, **form))
