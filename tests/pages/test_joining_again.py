"""A link that works no more is replaced with one click, over HTTP; who has asked learns nothing (LG2)."""

import time_machine
from flask import Flask

from authserver import clock
from authserver.models import outbox
from authserver.models.unit_of_work import read
from tests.forms import forms
from tests.pages.people import (
    PASSWORD,
    Browser,
    ask_for_reset,
    commit,
    link_in,
    mails,
    person,
    someone,
    token_in,
    without_tokens,
)

NEW = "another harbour, at dusk"


def sign_up(at: Browser, username: str) -> None:
    fields = {"email": f"{username}@people.test", "username": username, "name": "Eve", "password": PASSWORD}
    assert at.send("/signup", **fields).status_code == 200


def click(at: Browser, link: str) -> str:
    """Open the dead link and press the only button of its page."""
    page = at.get(link)
    assert page.status_code == 410
    (form,) = [form for form in forms(page.text) if not form.action]
    assert set(form.values) <= {"csrf_token", "again"}  # nothing has to be typed
    answer = at.post(link, {**form.values, "again": "1"})
    assert link not in page.text + answer.text  # IJ6
    assert answer.status_code == 200
    return without_tokens(answer.text)


def test_an_expired_sign_up_is_sent_again_and_nothing_is_typed_twice(app: Flask, at: Browser) -> None:
    eve = someone("eve")
    with time_machine.travel(clock.now(), tick=False) as now:
        sign_up(at, eve)
        (first,) = mails(app, f"{eve}@people.test")
        now.shift(86_400)
        assert "Check your mail" in click(at, link_in(first.body))
        second = mails(app, f"{eve}@people.test")[-1]
        assert link_in(second.body) != link_in(first.body)
        assert at.send(link_in(second.body)).status_code == 303
        assert at.sign_in(eve, PASSWORD).status_code == 303


def test_a_used_sign_up_tells_the_owner_by_mail_that_there_is_an_account(app: Flask, at: Browser) -> None:
    eve = someone("eve")
    sign_up(at, eve)
    link = link_in(mails(app, f"{eve}@people.test")[0].body)
    at.send(link)
    click(at, link)
    told = {mail.subject for mail in mails(app, f"{eve}@people.test")}
    assert any("you have an account already" in subject for subject in told)


def test_a_dead_reset_link_is_sent_again(app: Flask, at: Browser) -> None:
    ada = person(app)
    with time_machine.travel(clock.now(), tick=False) as now:
        link = ask_for_reset(app, ada)
        now.shift(3600)
        click(at, link)
        fresh = link_in(mails(app, ada.email)[-1].body)
    assert fresh != link
    assert at.send(fresh, password=NEW).status_code == 303
    click(at, fresh)  # used: again a new one
    assert len(mails(app, ada.email)) >= 3


def test_LG2_who_clicks_does_not_learn_whether_there_was_a_link(app: Flask) -> None:
    known = ask_for_reset(app, person(app))
    Browser(app).send(known, password=NEW)
    before = _queued(app)
    said = {click(Browser(app), link) for link in (known, "/reset/lk_never", "/signup/lk_never")}
    assert len(said) == 1
    assert _queued(app) == before + 2  # one of them to nobody


def test_mail_is_limited_here_too(app: Flask) -> None:
    ada = person(app)
    link = ask_for_reset(app, ada)
    Browser(app).send(link, password=NEW)
    before = len(mails(app, ada.email))
    for _ in range(6):
        click(Browser(app), link)
    assert len(mails(app, ada.email)) == before + 3  # four in an hour, the first link among them
    at = Browser(app)
    fields = {"csrf_token": token_in(at.get("/forgot").text), "again": "1"}
    assert [at.post("/reset/lk_x", fields).status_code for _ in range(41)] == [200] * 40 + [429]


def test_without_a_csrf_token_nothing_is_sent(app: Flask, at: Browser) -> None:
    before = _queued(app)
    for path in ("/reset/lk_x", "/signup/lk_x"):
        assert at.post(path, {"again": "1"}).status_code == 410
    assert _queued(app) == before


def test_the_button_is_no_way_around_the_password(app: Flask, at: Browser) -> None:
    link = ask_for_reset(app, person(app))
    token = token_in(at.get(link).text)
    assert at.post(link, {"csrf_token": token, "again": "1", "password": NEW}).status_code == 200
    assert at.get(link).status_code == 410  # a newer one was sent


def test_the_first_administrator_is_told_where_the_next_link_comes_from(at: Browser) -> None:
    page = at.get("/setup/lk_x")
    assert page.status_code == 410
    assert "Restart the server" in page.text
    assert "Send a new link" not in page.text


def test_without_a_mail_server_the_page_says_so_to_administrators(app: Flask, at: Browser) -> None:
    assert "The link is in the server log." in at.send("/forgot", email=f"{someone()}@people.test").text


def _queued(app: Flask) -> int:
    return len(commit(app, lambda: read().execute(outbox.outbox.select()).all()))
