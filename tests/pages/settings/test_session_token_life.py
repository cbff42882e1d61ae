"""A session token lives fifteen minutes, and never longer than the web session (LG4, decision 32)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver.accounts import credentials
from authserver.models import installation, sessions, users
from authserver.models.unit_of_work import write
from tests.factories import PASSWORD
from tests.gateways.asking import Proxy
from tests.pages.people import commit
from tests.pages.settings.developers import Developer, MakeDeveloper
from tests.pages.settings.session_tokens import CURRENT, PAGE, Ask, current
from tests.rfc.answers import is_active, is_inactive

if TYPE_CHECKING:
    from authserver.composition import House


def sign_out(app: Flask, at: Developer) -> None:
    at.fill("/logout", on="/logout")


def change_password(app: Flask, at: Developer) -> None:
    new = "another quiet harbour"
    answer = at.fill("/account/security", current_password=PASSWORD, new_password=new)
    assert answer.status_code == 303, answer.text
    assert at.get(PAGE).status_code == 200, "this browser stays signed in"


def set_password(app: Flask, at: Developer) -> None:
    settings = app.extensions["authserver"].settings
    commit(app, lambda: credentials.set_password(settings, at.user, password="a third harbour", actor="cli"))


def disable(app: Flask, at: Developer) -> None:
    commit(app, lambda: credentials.disable(at.user, actor="cli"))


def lock_without_ending_sessions(app: Flask, at: Developer) -> None:
    commit(app, lambda: users.change(at.user.id, disabled_at=1))


def end_from_another_browser(app: Flask, at: Developer) -> None:
    other = Developer(app)
    other.user = at.user
    other.sign_in(at.user, PASSWORD)
    other.fill("/account/security/sessions/end-others", on="/account/security")


def sign_in_again(app: Flask, at: Developer) -> None:
    assert at.send("/login", of="/login?reauth=1", username=at.user.username, password=PASSWORD).status_code == 303


def become_an_administrator(app: Flask, at: Developer) -> None:
    commit(app, lambda: users.change(at.user.id, is_admin=True))


def not_before(app: Flask, at: Developer) -> None:
    commit(app, lambda: users.change(at.user.id, not_before=2**40))


@pytest.mark.parametrize(
    "ending",
    [
        sign_out,
        change_password,
        set_password,
        disable,
        lock_without_ending_sessions,
        end_from_another_browser,
        sign_in_again,
        become_an_administrator,
        not_before,
    ],
)
def test_LG4_it_is_dead_at_the_next_introspection(
    app: Flask, developer: MakeDeveloper, ask: Ask, ending: Callable[[Flask, Developer], None]
) -> None:
    at = developer()
    token = current(at)
    is_active(ask(token))
    ending(app, at)
    is_inactive(ask(token))
    assert Proxy(app.test_client()).ask(token).status == 401


def test_LG4_what_comes_after_a_password_change_is_good(app: Flask, developer: MakeDeveloper, ask: Ask) -> None:
    at = developer()
    old_cookie = at.cookie("sid")
    change_password(app, at)
    assert at.cookie("sid") != old_cookie
    is_active(ask(current(at)))


def test_a_second_session_keeps_its_own(app: Flask, developer: MakeDeveloper, ask: Ask) -> None:
    first = developer()
    second = Developer(app)
    second.user = first.user
    second.sign_in(first.user, PASSWORD)
    token = current(second)
    sign_out(app, first)
    is_active(ask(token))


def test_an_older_installation_restored_ends_it(app: Flask, developer: MakeDeveloper, ask: Ask) -> None:
    token = current(developer())
    kept = commit(app, installation.not_before)
    commit(app, lambda: installation.bump(2**40))
    try:
        is_inactive(ask(token))
    finally:
        lowered = installation.installation.update().values(not_before=kept)  # nothing but a test does this
        commit(app, lambda: write().execute(lowered))
    is_active(ask(token))


def test_it_lives_for_fifteen_minutes(developer: MakeDeveloper, ask: Ask, frozen: time_machine.Traveller) -> None:
    token = current(developer())
    frozen.shift(899)
    is_active(ask(token))
    frozen.shift(1)
    is_inactive(ask(token))


def test_it_outlives_neither_end_of_the_session(
    app: Flask, developer: MakeDeveloper, ask: Ask, frozen: time_machine.Traveller, house: "House"
) -> None:
    at, idle, absolute = developer(), house.settings.session_idle_ttl, house.settings.session_absolute_ttl
    frozen.shift(idle - 1)
    token = current(at)
    frozen.shift(1)
    is_inactive(ask(token))
    at = developer()
    digest = commit(app, lambda: sessions.of_user(at.user.id, idle_ttl=idle))[0].digest
    frozen.shift(absolute - 100)
    commit(app, lambda: sessions.seen(digest))
    answer = at.get(CURRENT).json
    assert answer["expires_in"] == 100
    frozen.shift(100)
    is_inactive(ask(answer["session_token"]))


def test_decision_32_renewal_is_no_activity(
    app: Flask, developer: MakeDeveloper, frozen: time_machine.Traveller, house: "House"
) -> None:
    at, idle = developer(), house.settings.session_idle_ttl
    for _ in range(3):
        frozen.shift(idle // 4)
        current(at)
    frozen.shift(idle // 4)
    answer = at.get(CURRENT)
    assert (answer.status_code, answer.json) == (401, {"error": "login_required"})
    assert at.get("/account/profile").status_code == 303, "whoever only had a page open is signed out"
