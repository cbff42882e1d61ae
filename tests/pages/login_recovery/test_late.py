"""No dead ends on the way of an authorization: late, elsewhere or without cookies costs one click.

Client, state and the typed user name are never lost.
"""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.browser.cookies import Cookie
from authserver.cli.purge import expired
from authserver.models import authorization_requests
from tests.pages.login_recovery.visits import HALF_AN_HOUR, SCOPE, Visit
from tests.pages.people import PASSWORD, Browser, commit, person, settings_of
from tests.relying_party import encoded

# -- too late ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/authorize", "/login", "/consent", "/login/select"])
def test_an_expired_request_starts_again_with_one_click(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller, page: str
) -> None:
    ada, begun = person(app), visit()
    frozen.shift(HALF_AN_HOUR)
    begun.go(f"{page}?req={begun.request_id}")
    assert begun.is_stale()
    assert begun.client.name in begun.page
    begun.press("/authorize/again")
    assert begun.at == "/login"
    begun.sign_in(ada, PASSWORD)
    assert begun.answer["state"] == begun.sent["state"]
    assert begun.redeem().status_code == 200  # the same redirect URI, the same code_challenge


def test_a_login_that_comes_too_late_signs_in_and_goes_on_with_one_click(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    ada, begun = person(app), visit()
    frozen.shift(HALF_AN_HOUR)
    begun.sign_in(ada, PASSWORD)
    assert begun.is_stale()
    assert begun.at == "/authorize"
    assert begun.press("/authorize/again").answer["state"] == begun.sent["state"]
    assert begun.redeem().json["scope"] == SCOPE


def test_a_wrong_password_that_comes_too_late_keeps_the_user_name_and_the_application(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    ada, begun = person(app), visit()
    frozen.shift(HALF_AN_HOUR)
    begun.sign_in(ada, "not it")
    assert (begun.at, begun.form("/login").values["username"]) == ("/login", ada.username)
    assert begun.client.name in begun.page


def test_the_typed_user_name_survives_and_the_password_does_not(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    begun = visit()
    frozen.shift(HALF_AN_HOUR)
    fields = {**begun.form("/login").values, "username": "ada@people.test", "password": "half typed"}
    begun._browse("POST", "/authorize/extend", body=encoded(fields))
    assert begun.is_stale()
    assert "half typed" not in begun.page
    begun.press("/authorize/again")
    assert begun.form("/login").values["username"] == "ada@people.test"
    assert "half typed" not in begun.page


def test_expired_requests_are_kept_for_a_day(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    begun, settings = visit(), settings_of(app)
    frozen.shift(HALF_AN_HOUR + 86400)
    commit(app, lambda: expired(settings, now=clock.now()))
    assert commit(app, lambda: authorization_requests.recall(begun.request_id)) is not None
    frozen.shift(1)
    commit(app, lambda: expired(settings, now=clock.now()))
    begun.go(f"/authorize?req={begun.request_id}")
    assert begun.is_stale()
    assert begun.client.name not in begun.page
    assert "/authorize/again" not in begun.page


# -- another browser, or this one without its cookies ------------------------------------------------------------------


def test_a_request_of_another_browser_starts_again_here_and_goes_on_there(
    app: Flask, visit: Callable[..., Visit]
) -> None:
    ada, ivo, begun = person(app), person(app), visit(trusted=False)
    begun.sign_in(ada, PASSWORD)
    assert begun.at == "/consent"
    here = Visit(app, Browser(app), begun.client, begun.secret).go(f"/consent?req={begun.request_id}")
    assert here.is_stale()
    here.press("/authorize/again")
    assert here.at == "/login"  # neither the login nor anything else of there came along
    assert here.sign_in(ivo, PASSWORD).at == "/consent"
    assert ada.email not in here.page
    assert begun.consent("allow").redeem().status_code == 200
    assert here.consent("allow").answer["state"] == begun.sent["state"]


def test_lost_cookies_in_the_middle_cost_one_click(app: Flask, at: Browser, visit: Callable[..., Visit]) -> None:
    ada, begun = person(app), visit()
    for name in (Cookie.BROWSER, Cookie.CSRF):
        at.client.delete_cookie(name)
    begun.sign_in(ada, PASSWORD)
    assert begun.at == "/login"  # its token was lost as well
    assert "has sent no cookies" in begun.page
    assert begun.form("/login").values["username"] == ada.username
    assert begun.client.name in begun.page
    begun.press("/login", password=PASSWORD)
    assert begun.press("/authorize/again").answer["state"] == begun.sent["state"]


def test_without_cookies_every_page_says_so(app: Flask, visit: Callable[..., Visit]) -> None:
    begun = visit()
    nothing = Visit(app, Browser(app), begun.client)
    nothing.browser.client = app.test_client(use_cookies=False)
    nothing = Visit(app, nothing.browser, begun.client)
    for _ in range(2):
        nothing.authorize(scope=SCOPE)
        assert nothing.is_stale()
        assert "has sent no cookies" in nothing.page
        nothing.press("/authorize/again")
        assert nothing.is_stale()
        assert "has sent no cookies" in nothing.page
