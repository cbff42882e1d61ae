"""Another e-mail address, over HTTP: a link that works once, the old address is told, and LG2: who has it is not."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from authserver import clock
from authserver.models import audit_events
from authserver.models.users import User
from tests.forms import forms
from tests.pages.people import PASSWORD, Browser, ask_for_reset, commit, mails, person, reload, someone, token_in
from tests.state import State

PROFILE, SEND, SENT = "/account/profile", "/account/profile/email", "/account/profile/email/sent"
NEW = "another harbour, at dusk"


def new_address() -> str:
    return f"{someone('new')}@people.test"


def ask(at: Browser, email: str, **more: str) -> TestResponse:
    return at.send(SEND, of=PROFILE, email=email, **more)


def link_to(app: Flask, address: str, *, besides: str = "") -> str:
    """The link that was sent there. Mails of one second have no order: name the one that is known already."""
    found = [re.search(r"https?://[^/\s]+(/confirm-email/\S+)", mail.body) for mail in mails(app, address)]
    links = [match[1] for match in found if match and match[1] != besides]
    assert links
    return links[-1]


def tags(app: Flask, user: User) -> list[str]:
    return [event.tag for event in commit(app, lambda: audit_events.latest(limit=50, user_id=user.id))]


@pytest.fixture
def ada(app: Flask, at: Browser) -> User:
    user = person(app)
    at.sign_in(user)
    return user


def test_the_address_changes_at_the_link_and_the_old_one_is_told(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    answer = ask(at, f" {new.upper()} ")
    assert (answer.status_code, answer.headers["Location"]) == (303, SENT)
    assert "A link is on its way" in at.get(SENT).text
    assert reload(app, ada).email == ada.email
    assert new in mails(app, ada.email)[-1].body
    assert "Nothing has changed yet" in mails(app, ada.email)[-1].body
    link = link_to(app, new)
    assert new in Browser(app).get(link).text  # a mail scanner looks
    assert reload(app, ada).email == ada.email
    answer = at.send(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, PROFILE)
    now = reload(app, ada)
    assert (now.email, now.email_verified) == (new, True)
    assert f"is now this one:\n\n  {new}" in mails(app, ada.email)[-1].body
    assert Browser(app).sign_in(new).status_code == 303
    assert Browser(app).get(link).status_code == 410
    assert {"user.email_change_asked", "user.email_changed"} <= set(tags(app, ada))


def test_the_link_works_in_any_browser_and_leads_strangers_to_the_login(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    ask(at, new)
    answer = Browser(app).send(link_to(app, new))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert reload(app, ada).email == new


def test_LG8_of_many_at_once_one_uses_the_link(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    ask(at, new)
    link, browsers = link_to(app, new), [Browser(app) for _ in range(8)]
    tokens = [token_in(browser.get(link).text) for browser in browsers]

    def press(number: int) -> int:
        return browsers[number].post(link, {"csrf_token": tokens[number]}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(press, range(8)))
    assert statuses == [303] + [410] * 7
    assert tags(app, ada).count("user.email_changed") == 1


def test_a_newer_link_ends_the_older_one_and_a_day_ends_every(app: Flask, at: Browser, ada: User) -> None:
    first, second = new_address(), new_address()
    with time_machine.travel(clock.now(), tick=False) as now:
        ask(at, first)
        ask(at, second)
        assert Browser(app).get(link_to(app, first)).status_code == 410
        now.shift(86_400)
        dead = Browser(app).get(link_to(app, second))
    assert dead.status_code == 410
    assert "Ask for a new link on your profile" in dead.text
    assert reload(app, ada).email == ada.email


def test_LG2_an_address_of_somebody_else_is_answered_the_same(
    app: Flask, at: Browser, ada: User, row_counts: Callable[[], State]
) -> None:
    ivo, told, grown = person(app), [], []
    for address in (ivo.email, new_address()):
        before = row_counts().counts
        answer = ask(at, address)
        page = at.get(SENT).text
        told.append((answer.status_code, answer.headers["Location"], re.sub(r'value="[^"]+"', "", page)))
        after = row_counts().counts
        grown.append({table: after[table] - before[table] for table in after if after[table] != before[table]})
    assert told[0] == told[1]
    assert grown == [{"links": 1, "outbox": 2}] * 2
    (mail,) = mails(app, ivo.email)
    assert "/confirm-email/" not in mail.body
    assert "an address can belong to one account only" in mail.body


def test_whoever_is_faster_gets_the_address(app: Flask, at: Browser, ada: User) -> None:
    ivo, there, new = person(app), Browser(app), new_address()
    there.sign_in(ivo)
    ask(at, new)
    link = link_to(app, new)
    ask(there, new)
    other = link_to(app, new, besides=link)
    assert Browser(app).send(other).status_code == 303
    assert Browser(app).get(link).status_code == 410
    token = token_in(at.get(PROFILE).text)
    assert at.post(link, {"csrf_token": token}).status_code == 410
    assert (reload(app, ada).email, reload(app, ivo).email) == (ada.email, new)


def test_links_that_wait_at_the_old_address_end_with_it(app: Flask, at: Browser, ada: User) -> None:
    reset, new = ask_for_reset(app, ada), new_address()
    ask(at, new)
    Browser(app).send(link_to(app, new))
    assert Browser(app).get(reset).status_code == 410


def test_a_new_password_ends_the_link(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    ask(at, new)
    assert at.send("/account/security", current_password=PASSWORD, new_password=NEW).status_code == 303
    assert Browser(app).get(link_to(app, new)).status_code == 410


def test_an_old_login_has_to_be_proved_and_what_was_typed_stays(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    with time_machine.travel(clock.now(), tick=False) as now:
        now.shift(601)
        assert "Confirm it is you" in at.get(PROFILE).text
        wrong = ask(at, new, password="not the password")
        assert wrong.status_code == 400
        assert "This is not your present password." in wrong.text
        assert f'value="{new}"' in wrong.text
        assert "not the password" not in wrong.text
        assert ask(at, new).status_code == 400
        assert mails(app, new) == []
        assert ask(at, new, password=PASSWORD).status_code == 303
    assert len(mails(app, new)) == 1


def test_guesses_of_the_password_are_slowed_down(app: Flask, at: Browser, ada: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        now.shift(601)
        statuses = [ask(at, new_address(), password="wrong").status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]


def test_what_is_no_address_is_refused_with_the_reason(app: Flask, at: Browser, ada: User) -> None:
    for address, reason in (("no address", "not an e-mail address"), ("", "Enter your e-mail"), (ada.email, "already")):
        answer = ask(at, address)
        assert answer.status_code == 400
        assert reason in answer.text
        assert "<title>Error:" in answer.text
    assert mails(app, ada.email) == []


def test_an_unverified_address_can_be_confirmed(app: Flask, at: Browser) -> None:
    ada = person(app, email_verified=False)
    at.sign_in(ada)
    assert "Not verified" in at.get(PROFILE).text
    ask(at, ada.email)
    (mail,) = mails(app, ada.email)  # nothing changes: one mail is enough
    assert at.send(link_to(app, ada.email)).status_code == 303
    assert reload(app, ada).email_verified
    assert len(mails(app, ada.email)) == 1
    assert mail.body


def test_mail_is_limited_for_a_mailbox(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    assert {ask(at, new).status_code for _ in range(6)} == {303}
    assert len(mails(app, new)) == 4


def test_AD4_the_link_sets_the_address_and_nothing_else(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    ask(at, new, user_id="usr_1", is_admin="1", tier="premium", email_verified="1")
    at.send(link_to(app, new), email="x@people.test", is_admin="1")
    now = reload(app, ada)
    assert (now.email, now.is_admin, now.tier, now.username) == (new, False, "standard", ada.username)


def test_without_a_csrf_token_nothing_is_sent(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    assert at.post(SEND, {"email": new}).status_code == 400
    assert mails(app, new) == []
    assert at.get(SEND).status_code == 405


def test_IJ1_the_link_has_the_host_of_the_issuer(app: Flask, at: Browser, ada: User) -> None:
    new = new_address()
    token = token_in(at.get(PROFILE).text)
    at.post(SEND, {"csrf_token": token, "email": new}, headers={"X-Forwarded-Host": "evil.test"})
    assert "http://localhost:8000/confirm-email/" in mails(app, new)[-1].body


def test_the_two_forms_of_the_page_have_no_id_in_common(at: Browser, ada: User) -> None:
    ids = re.findall(r'\sid="([^"]+)"', at.get(PROFILE).text)
    assert len(ids) == len(set(ids))
    assert {form.action for form in forms(at.get(PROFILE).text)} >= {PROFILE, SEND}
