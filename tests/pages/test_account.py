"""Keeping an account, over HTTP: profile, password and sessions, cases LG1, LG4, LG10 and RF8."""

import re
import time

from flask import Flask

from authserver import clock
from authserver.models import sessions, users
from tests.pages.people import (
    PASSWORD,
    Browser,
    ask_for_reset,
    commit,
    is_revoked,
    open_grant,
    person,
    reload,
    someone,
    token_in,
)

NEW = "another harbour, at dusk"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


def test_LG10_profile_takes_name_and_user_name_and_nothing_else(app: Flask, at: Browser) -> None:
    ada, name = person(app, email_verified=False), someone()
    at.sign_in(ada)
    more = {
        "email": "x@people.test",
        "email_verified": "1",
        "is_admin": "1",
        "role": "admin",
        "tier": "premium",
        "id": "usr_1",
    }
    answer = at.send("/account/profile", name="  Ada   L.", username=name.upper(), **more)
    assert answer.status_code == 303
    now = reload(app, ada)
    assert (now.name, now.username) == ("Ada L.", name)
    assert (now.email, now.email_verified, now.is_admin, now.tier) == (ada.email, False, False, "standard")


def test_profile_refuses_the_name_of_somebody_else(app: Flask, at: Browser) -> None:
    ada, ivo = person(app), person(app)
    at.sign_in(ada)
    answer = at.send("/account/profile", name="Ada", username=ivo.username)
    assert answer.status_code == 400
    assert "belongs to somebody else" in answer.text
    assert reload(app, ada).username == ada.username


def test_LG4_RF8_password_change_ends_other_sessions_and_all_grants(app: Flask, at: Browser) -> None:
    ada, elsewhere = person(app), Browser(app)
    at.sign_in(ada)
    elsewhere.sign_in(ada)
    grant, link = open_grant(app, ada), ask_for_reset(app, ada)
    assert at.send("/account/security", current_password="wrong", new_password=NEW).status_code == 400
    assert elsewhere.get("/account/profile").status_code == 200
    assert at.send("/account/security", current_password=PASSWORD, new_password=NEW).status_code == 303
    assert at.get("/account/profile").status_code == 200
    assert elsewhere.get("/account/profile").status_code == 303
    assert is_revoked(app, grant)
    assert Browser(app).get(link).status_code == 410
    assert Browser(app).sign_in(ada, NEW).status_code == 303


def test_LG1_password_change_is_throttled_too(app: Flask, at: Browser) -> None:
    at.sign_in(person(app))
    fields = {"current_password": "wrong", "new_password": NEW}
    statuses = [at.send("/account/security", **fields).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]


def test_sessions_are_listed_and_can_be_ended_one_by_one_or_all(app: Flask, at: Browser) -> None:
    ada, second, third = person(app), Browser(app), Browser(app)
    for browser in (at, second, third):
        browser.sign_in(ada)
    page = at.get("/account/security").text
    ends = re.findall(r'action="(/account/security/sessions/[^/"]+/end)"', page)
    assert len(ends) == 2
    stranger = Browser(app)
    stranger.sign_in(person(app))
    assert stranger.send(ends[0], of="/account/security").status_code == 404  # AD1: not theirs
    assert at.send(ends[0], of="/account/security").status_code == 303
    assert len(commit(app, lambda: sessions.of_user(ada.id, idle_ttl=1800))) == 2
    assert at.send("/account/security/sessions/end-others", of="/account/security").status_code == 303
    assert at.get("/account/security").status_code == 200
    assert second.get("/account/security").status_code == third.get("/account/security").status_code == 303


def test_sessions_are_told_by_their_devices_and_this_one_is_marked(app: Flask, at: Browser) -> None:
    ada, phone, script = person(app), Browser(app), Browser(app)
    phone.client.environ_base["HTTP_USER_AGENT"] = PHONE
    script.client.environ_base["HTTP_USER_AGENT"] = "<b>curl</b>/8"
    at.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    for browser in (phone, script, at):
        browser.sign_in(ada)
    page = at.get("/account/security").text
    shown = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in page.split('<li class="split">')[1:]]
    assert shown[0].startswith("Firefox on Linux This browser Address " + at.environ["REMOTE_ADDR"])
    assert {row.split(" Address")[0] for row in shown[1:]} == {"Safari on iPhone", "Unknown browser"}
    assert "curl" not in page


def test_second_steps_have_a_quiet_place_and_no_dead_controls(app: Flask, at: Browser) -> None:
    at.sign_in(person(app))
    section = at.get("/account/security").text.partition('id="second-steps"')[2].partition("</section>")[0]
    assert "This server does not offer them yet." in section
    assert not re.search(r"<(a|button|input|form|select)\b", section)


def test_without_a_password_there_is_a_way_to_one(app: Flask, at: Browser) -> None:
    ada = person(app)
    at.sign_in(ada)
    commit(app, lambda: users.change(ada.id, password_hash=None))
    page = at.get("/account/security").text
    assert "This account has no password yet." in page
    assert "current_password" not in page


def test_account_pages_send_strangers_to_the_login(at: Browser) -> None:
    for path in ("/account/profile", "/account/security"):
        assert at.get(path).headers["Location"].startswith("/login?next=%2Faccount%2F")
    token = token_in(at.get("/login").text)
    answer = at.post("/account/profile", {"csrf_token": token, "name": "x", "username": "xxxx"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_change_password_address_is_well_known(at: Browser) -> None:
    answer = at.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/security#password")


def test_times_are_shown_for_people_and_machines(app: Flask, at: Browser) -> None:
    ada = person(app)
    at.sign_in(ada)
    assert time.strftime('<time datetime="%Y-%m-%d', time.gmtime(clock.now())) in at.get("/account/profile").text
