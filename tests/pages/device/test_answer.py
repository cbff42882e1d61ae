"""`/device`: what an answer does, once (RFC 8628 section 3.3, DV7)."""

from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from authserver.models import clients, consents, grants, users
from tests.forms import forms
from tests.pages.device.televisions import Begin, Seat, answer, look, press, type_in
from tests.pages.people import PASSWORD, commit, mails
from tests.rfc.parallel import together


def test_allow_leads_to_a_page_that_sends_back_to_the_device(at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    done = answer(at, tv.code, "allow")
    assert (done.status_code, done.headers["Location"]) == (303, "/device/done")
    for _ in range(2):  # it can be loaded again
        assert "Go back to your device" in at.get("/device/done").text
    assert tv.granted == "openid read:realms"


def test_deny_is_said_and_told(at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    assert answer(at, tv.code, "deny").status_code == 303
    assert "got nothing" in at.get("/device/done").text
    assert tv.error == "access_denied"


def test_the_last_page_is_of_an_answer_only(at: Seat) -> None:
    assert at.get("/device/done").headers["Location"] == "/device"


def test_consent_is_recorded_told_and_found_like_any_other(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    user = at.user
    answer(at, tv.code, "allow")
    client_id = tv.client.client_id
    kept = commit(app, lambda: consents.find(user_id=user.id, client_id=client_id))
    assert kept is not None
    assert kept.scope == "openid read:realms"
    (grant,) = commit(app, lambda: grants.of_user(user.id))
    assert (grant.kind, grant.client_id, grant.scope) == ("device_code", client_id, "openid read:realms")
    assert "Realm TV" in at.get("/account/apps").text
    assert any("Realm TV" in mail.body and "another device" in mail.body for mail in mails(app, user.email))


def test_a_denial_leaves_no_consent_and_no_grant(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    answer(at, tv.code, "deny")
    user = at.user
    client_id = tv.client.client_id
    assert commit(app, lambda: consents.find(user_id=user.id, client_id=client_id)) is None
    assert commit(app, lambda: grants.of_user(user.id)) == []


def test_decision_11_scopes_can_be_left_out_where_the_client_lets_them(at: Seat, begin: Begin) -> None:
    tv = begin(allow_scope_deselect=True, scope="openid read:realms write:realms")
    assert answer(at, tv.code, "allow", scope=["read:realms"]).status_code == 303
    assert tv.granted == "openid read:realms"


def test_decision_11_nothing_left_is_a_denial(at: Seat, begin: Begin) -> None:
    tv = begin(allow_scope_deselect=True, scope="read:realms")
    assert answer(at, tv.code, "allow", scope=[]).status_code == 303
    assert tv.error == "access_denied"


def test_AZ22_the_stored_scope_wins(at: Seat, begin: Begin) -> None:
    tv = begin()
    forged = {"scope": ["openid", "read:realms", "delete:realms", "admin"], "client_id": "x", "user_id": "x"}
    answer(at, tv.code, "allow", **forged)
    assert tv.granted == "openid read:realms"


def test_C7_a_scope_that_the_person_does_not_have_is_not_given(at: Seat, begin: Begin) -> None:
    tv = begin(scope="openid admin", allowed="openid admin")
    assert "admin" not in [value for form in forms(look(at, tv.code).text) for value in form.values.values()]
    answer(at, tv.code, "allow")
    assert tv.granted == "openid"


@pytest.mark.parametrize(("scope", "later"), [("openid delete:realms", 601), ("openid", 601)])
def test_C17_after_a_while_the_password_is_asked(
    at: Seat, begin: Begin, frozen: time_machine.Traveller, scope: str, later: int
) -> None:
    frozen.shift(later)
    tv = begin(scope=scope)
    page = look(at, tv.code)
    assert 'name="password"' in page.text
    for wrong in ("", "not it", "x" * 5000):
        assert press(at, page, "allow", password=wrong).status_code == 400
    assert tv.error == "authorization_pending"
    assert press(at, page, "allow", password=PASSWORD).status_code == 303
    assert tv.granted == scope


def test_C17_to_deny_takes_no_password(at: Seat, begin: Begin, frozen: time_machine.Traveller) -> None:
    frozen.shift(601)
    tv = begin()
    assert answer(at, tv.code, "deny").status_code == 303
    assert tv.error == "access_denied"


def test_one_code_has_one_answer(at: Seat, begin: Begin) -> None:
    tv = begin()
    page = look(at, tv.code)
    assert press(at, page, "deny").status_code == 303
    late = press(at, page, "allow")
    assert late.status_code == 400
    assert "has been answered" in late.text
    assert tv.error == "access_denied"


def test_one_code_has_one_answer_of_sixteen_at_once(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    (form,) = [form for form in forms(look(at, tv.code).text) if form.action == "/device"]

    def press_in_a_tab() -> int:
        tab = app.test_client()  # the test client is not made for threads
        for name in ("sid", "browser", "csrf"):
            tab.set_cookie(name, at.cookie(name) or "")
        return tab.post("/device", data={**form.values, "decision": "allow"}).status_code

    assert sorted(together(16, press_in_a_tab)) == [303] + [400] * 15
    assert len(commit(app, lambda: grants.of_user(at.user.id))) == 1
    assert tv.granted == "openid read:realms"


def test_a_code_that_is_too_old(at: Seat, begin: Begin, frozen: time_machine.Traveller) -> None:
    tv = begin()
    page = look(at, tv.code)
    frozen.shift(600)
    for late in (press(at, page, "allow"), look(at, tv.code), type_in(at, tv.code)):
        assert late.status_code == 400
        assert "too old" in late.text


def test_an_application_that_is_no_more(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    page = look(at, tv.code)
    commit(app, lambda: clients.change(tv.client.client_id, disabled_at=1))
    assert press(at, page, "allow").status_code == 400


def test_DV7_an_account_that_was_locked_meanwhile_answers_nothing(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    page = look(at, tv.code)
    commit(app, lambda: users.change(at.user.id, disabled_at=1))
    assert urlsplit(press(at, page, "allow").headers["Location"]).path == "/login"
    assert tv.error == "authorization_pending"
