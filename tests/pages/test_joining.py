"""Joining and recovering an account, over HTTP: decision 33 and cases LG1, LG2, LG8."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from authserver.accounts import setup
from authserver.models import users
from tests.pages.people import (
    PASSWORD,
    Browser,
    ask_for_reset,
    begin_authorization,
    commit,
    is_revoked,
    link_in,
    mails,
    open_grant,
    person,
    reload,
    settings_of,
    someone,
    token_in,
    without_tokens,
)
from tests.state import State

NEW = "another harbour, at dusk"
NOON = 1_800_000_000


def sign_up(at: Browser, username: str, **changes: str) -> TestResponse:
    fields = {"email": f"{username}@people.test", "username": username, "name": "Eve Å", "password": PASSWORD}
    return at.send("/signup", **{**fields, **changes})


def test_sign_up_starts_at_the_link(app: Flask, at: Browser) -> None:
    eve = someone("eve")
    assert sign_up(at, eve).status_code == 200
    assert at.sign_in(eve).status_code == 400  # no account yet
    (mail,) = mails(app, f"{eve}@people.test")
    assert "Eve" not in mail.body  # nobody's words are sent to strangers
    link = link_in(mail.body)
    assert Browser(app).get(link).status_code == 200  # a mail scanner looks
    assert Browser(app).get(link).status_code == 200
    assert at.sign_in(eve).status_code == 400
    answer = at.send(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert at.sign_in(eve).status_code == 303
    assert "Eve Å" in at.get("/account/profile").text
    assert Browser(app).get(link).status_code == 410


def test_sign_up_in_an_authorization_leads_back_into_it(app: Flask, at: Browser) -> None:
    req, eve = begin_authorization(app, at), someone("eve")
    page = at.get(f"/signup?req={req}")
    assert "Photo Album" in page.text
    assert f'name="req" value="{req}"' in page.text
    sign_up(at, eve, req=req)
    link = link_in(mails(app, f"{eve}@people.test")[0].body)
    assert req not in link
    assert at.send(link).headers["Location"] == f"/login?req={req}"


def test_sign_up_link_dies_after_a_day(app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        eve = someone("eve")
        sign_up(Browser(app), eve)
        link = link_in(mails(app, f"{eve}@people.test")[0].body)
        now.shift(86_400)
        assert Browser(app).get(link).status_code == 410


def test_LG2_sign_up_answers_the_same_for_a_taken_address_or_name(app: Flask) -> None:
    ada, other = person(app), someone("eve")
    fresh = sign_up(Browser(app), someone("eve"))
    taken_mail = sign_up(Browser(app), other, email=ada.email)
    taken_name = sign_up(Browser(app), ada.username, email=f"{other}@people.test")
    assert fresh.status_code == taken_mail.status_code == taken_name.status_code == 200
    assert len({without_tokens(answer.text) for answer in (fresh, taken_mail, taken_name)}) == 1
    (told,) = mails(app, ada.email)
    assert Browser(app).get(link_in(told.body)).status_code == 200  # the owner may choose a new password
    assert reload(app, ada).password_hash == ada.password_hash
    (asked,) = mails(app, f"{other}@people.test")
    assert "another user name" in asked.body


def test_LG2_forgot_answers_the_same_and_in_the_same_time(app: Flask) -> None:
    spent: dict[bool, list[float]] = {True: [], False: []}
    texts = set()
    for number in range(60):
        known, at, user = bool(number % 2), Browser(app), person(app, password=None)
        fields = {"email": user.email if known else f"{someone()}@people.test"}
        fields["csrf_token"] = token_in(at.get("/forgot").text)
        begun = time.thread_time()  # not that of other programs
        answer = at.post("/forgot", fields)
        spent[known].append(time.thread_time() - begun)
        texts.add(without_tokens(answer.text))
    assert len(texts) == 1
    known_time, unknown_time = (statistics.median(spent[known]) for known in (True, False))
    assert abs(known_time - unknown_time) / max(known_time, unknown_time) < 0.15


def test_LG2_forgot_writes_as_much_for_nobody_as_for_somebody(app: Flask, row_counts: Callable[[], State]) -> None:
    grown = []
    for email in (person(app).email, f"{someone()}@people.test"):
        before = row_counts().counts
        Browser(app).send("/forgot", email=email)
        after = row_counts().counts
        grown.append({table: after[table] - before[table] for table in after if after[table] != before[table]})
    assert grown == [{"links": 1, "outbox": 1}] * 2


def test_sign_up_shows_every_problem_and_keeps_what_was_typed(app: Flask, at: Browser) -> None:
    answer = at.send("/signup", email="no address", username="Ä", name="Eve\u202e", password="password1")
    assert answer.status_code == 400
    for text in ("not an e-mail address", "A user name has", "cannot be seen", "most common"):
        assert text in answer.text
    assert 'value="no address"' in answer.text
    assert "password1" not in answer.text


def test_sign_up_refuses_reserved_names(at: Browser) -> None:
    assert "reserved" in sign_up(at, "administrator", email=f"{someone()}@people.test").text


def test_two_links_for_one_name_both_start_an_account(app: Flask) -> None:
    eve, first, second = someone("eve"), someone(), someone()
    for mailbox in (first, second):
        sign_up(Browser(app), eve, email=f"{mailbox}@people.test")
    for mailbox in (first, second):
        assert Browser(app).send(link_in(mails(app, f"{mailbox}@people.test")[0].body)).status_code == 303
    assert Browser(app).sign_in(f"{second}@people.test").status_code == 303


def test_sign_up_closed(app_with: Callable[..., Flask]) -> None:
    at = Browser(app_with(signup="closed"))
    assert at.get("/signup").status_code == 403
    assert at.get("/signup/lk_any").status_code == 403
    assert "/signup" not in at.get("/login").text


def test_mail_is_limited_for_a_mailbox_and_for_a_network(app: Flask) -> None:
    ada = person(app)
    for _ in range(6):
        assert Browser(app).send("/forgot", email=ada.email).status_code == 200  # the asker is not told
    assert len(mails(app, ada.email)) == 4
    flooder = Browser(app)
    statuses = [flooder.send("/forgot", email=f"{someone()}@people.test").status_code for _ in range(41)]
    assert statuses == [200] * 40 + [429]


def test_LG8_reset_link_works_once_of_sixteen_at_once(app: Flask) -> None:
    ada = person(app)
    link = ask_for_reset(app, ada)
    browsers = [Browser(app) for _ in range(16)]
    tokens = [token_in(at.get(link).text) for at in browsers]
    words = [f"harbour number {number} at dawn" for number in range(16)]

    def reset(number: int) -> int:
        return browsers[number].post(link, {"csrf_token": tokens[number], "password": words[number]}).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(reset, range(16)))
    assert sorted(statuses) == [303] + [410] * 15
    assert Browser(app).sign_in(ada, words[statuses.index(303)]).status_code == 303
    assert Browser(app).get(link).status_code == 410


def test_LG8_reset_ends_all_sessions_and_grants(app: Flask, at: Browser) -> None:
    ada = person(app, email_verified=False)
    at.sign_in(ada)
    grant = open_grant(app, ada)
    assert not is_revoked(app, grant)
    link = ask_for_reset(app, ada)
    weak = Browser(app).send(link, password="12345678")
    assert weak.status_code == 400
    assert at.get("/account/profile").status_code == 200  # a refused password changes nothing
    answer = Browser(app).send(link, password=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert at.get("/account/profile").status_code == 303
    assert is_revoked(app, grant)
    assert Browser(app).sign_in(ada).status_code == 400
    assert Browser(app).sign_in(ada, NEW).status_code == 303
    assert reload(app, ada).email_verified
    assert any("was changed" in mail.body for mail in mails(app, ada.email))


def test_LG8_a_newer_reset_link_ends_the_older(app: Flask) -> None:
    ada = person(app)
    older = ask_for_reset(app, ada)
    Browser(app).send("/forgot", email=ada.email)
    links = {link_in(mail.body) for mail in mails(app, ada.email)} - {older}
    assert Browser(app).get(older).status_code == 410
    assert Browser(app).get(links.pop()).status_code == 200


def test_LG8_reset_link_dies_after_an_hour(app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        ada = person(app)
        link = ask_for_reset(app, ada)
        now.shift(3600)
        assert Browser(app).send("/forgot", email=someone()).status_code == 200
        assert Browser(app).get(link).status_code == 410


def test_LG8_host_headers_never_reach_the_link(app: Flask, at: Browser) -> None:
    ada = person(app)
    spoofed = {
        "Host": "evil.test",
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "host=evil",
    }
    fields = {"csrf_token": token_in(at.get("/forgot").text), "email": ada.email}
    answer = at.post("/forgot", fields, headers=spoofed)
    for mail in mails(app, ada.email):
        assert settings_of(app).issuer in mail.body
        assert "evil" not in mail.body
    assert "evil" not in str(answer.headers) + answer.text


def test_LG1_reset_ends_the_throttling(app: Flask) -> None:
    ada = person(app)
    for _ in range(10):
        Browser(app).sign_in(ada, "wrong wrong wrong")
    assert Browser(app).sign_in(ada).status_code == 429
    Browser(app).send(ask_for_reset(app, ada), password=NEW)
    assert Browser(app).sign_in(ada, NEW).status_code == 303


def test_links_of_one_purpose_serve_no_other(app: Flask) -> None:
    secret = ask_for_reset(app, person(app)).rpartition("/")[2]
    assert Browser(app).get(f"/signup/{secret}").status_code == 410
    assert Browser(app).get(f"/setup/{secret}").status_code == 410
    assert Browser(app).get(f"/reset/{secret}").status_code == 200


def test_dead_link_keeps_nothing_of_what_was_tried(app: Flask, at: Browser) -> None:
    token = token_in(at.get("/forgot").text)
    for path in ("/reset/lk_none", "/signup/lk_none", "/setup/lk_none"):
        fields = {"csrf_token": token, "password": NEW, "email": "e@people.test", "username": "first", "name": ""}
        assert at.post(path, fields).status_code == 410
    assert commit(app, lambda: users.find_by_login("first")) is None


@pytest.fixture
def empty_house(app_with: Callable[..., Flask], empty_database: str) -> Flask:
    return app_with(database_url=empty_database)


def test_setup_makes_the_first_administrator_once(empty_house: Flask) -> None:
    settings, at = settings_of(empty_house), Browser(empty_house)
    older = commit(empty_house, lambda: setup.issue_link(settings))
    url = commit(empty_house, lambda: setup.issue_link(settings))
    assert older is not None
    assert url is not None
    assert url.startswith(f"{settings.issuer}/setup/")
    assert at.get(link_in(older)).status_code == 410
    fields = {"email": "root@people.test", "username": "admin", "name": "", "password": PASSWORD}
    assert at.send(link_in(url), **{**fields, "password": "short"}).status_code == 400
    assert at.send(link_in(url), **fields).status_code == 303
    admin = commit(empty_house, lambda: users.find_by_login("admin"))
    assert admin is not None
    assert (admin.is_admin, admin.name) == (True, "admin")
    assert at.sign_in("admin").status_code == 303
    assert at.get(link_in(url)).status_code == 410
    assert commit(empty_house, lambda: setup.issue_link(settings)) is None


def test_setup_link_is_dead_once_there_is_an_account(empty_house: Flask) -> None:
    url = commit(empty_house, lambda: setup.issue_link(settings_of(empty_house)))
    at = Browser(empty_house)
    token = token_in(at.get(link_in(url or "")).text)
    person(empty_house)
    fields = {"email": "root@people.test", "username": "admin", "name": "", "password": PASSWORD, "csrf_token": token}
    assert at.post(link_in(url or ""), fields).status_code == 410
    assert commit(empty_house, users.count) == 1
