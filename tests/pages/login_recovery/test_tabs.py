"""Two tabs, two clicks, Back, and more time (WCAG 2.2.1) on the way of an authorization."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from tests.pages.login_recovery.visits import HALF_AN_HOUR, Visit
from tests.pages.people import PASSWORD, Browser, person
from tests.relying_party import FORM, encoded

# -- two tabs, two clicks ----------------------------------------------------------------------------------------------


def test_a_login_in_another_tab_for_another_application(app: Flask, visit: Callable[..., Visit]) -> None:
    ada, first, second = person(app), visit(), visit()
    assert first.sign_in(ada, PASSWORD).code
    second.sign_in(ada, PASSWORD)  # its form is of before the login
    assert second.is_stale()
    assert second.form("/login").values["username"] == ada.username
    second.press("/login/select", choice="continue")
    assert second.answer["state"] == second.sent["state"]
    assert second.code


def test_a_second_click_on_sign_in(app: Flask, visit: Callable[..., Visit]) -> None:
    ada, begun = person(app), visit()
    body = encoded({**begun.form("/login").values, "username": ada.username, "password": PASSWORD})
    assert begun.transport.send("POST", "/login", body=body, headers={"Content-Type": FORM}).status_code == 303
    begun._browse("POST", "/login", body=body)
    assert begun.form("/login").values["username"] == ada.username
    assert begun.press("/login/select", choice="continue").code


def test_back_to_the_login_after_it(app: Flask, visit: Callable[..., Visit]) -> None:
    ada, begun = person(app), visit(trusted=False)
    request_id = begun.request_id
    begun.sign_in(ada, PASSWORD)
    begun.go(f"/login?req={request_id}")
    assert begun.at == "/login"
    assert ada.email in begun.page
    assert begun.press("/login/select", choice="continue").at == "/consent"


def test_whoever_is_signed_in_may_go_on_or_be_another(app: Flask, at: Browser) -> None:
    ada, ivo = person(app), person(app)
    at.sign_in(ada)
    page = at.get("/login?next=/account/security")
    assert ada.email in page.text
    answer = at.send("/login/select", of="/login", next="/account/security", choice="continue")
    assert answer.headers["Location"] == "/account/security"
    answer = at.sign_in(ivo, next="/account/security")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/security")
    assert ivo.email in at.get("/account/profile").text


@pytest.mark.parametrize("page", ["/login/select", "/logout"])
def test_other_forms_that_come_too_late_are_answered_with_themselves(
    app: Flask, visit: Callable[..., Visit], page: str
) -> None:
    ada, begun = person(app), visit(asked={"prompt": "select_account"})
    begun.browser.sign_in(ada)
    begun.go(f"{page}?req={begun.request_id}").press(page, csrf_token="old", choice="continue")
    assert begun.is_stale()
    assert "Please check this" in begun.page
    begun.press(page, choice="continue")
    assert begun.code if page == "/login/select" else begun.at == "/"


# -- more time (WCAG 2.2.1) --------------------------------------------------------------------------------------------


def test_the_page_says_how_long_it_stays_open_and_can_be_kept_open(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    ada, begun = person(app), visit()
    assert "open for another 30 minutes" in begun.page
    for _ in range(11):
        frozen.shift(1700)
        fields = {**begun.form("/login").values, "username": ada.username, "password": "half typed"}
        begun._browse("POST", "/authorize/extend", body=encoded(fields))
        assert (begun.at, begun.form("/login").values["username"]) == ("/login", ada.username)
    frozen.shift(1700)
    assert begun.sign_in(ada, PASSWORD).code


def test_no_page_stays_open_for_ever(app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller) -> None:
    begun = visit()
    for _ in range(12):
        frozen.shift(HALF_AN_HOUR - 1)
        begun._browse("POST", "/authorize/extend", body=encoded(begun.form("/login").values))
        assert begun.at == "/login"
    frozen.shift(HALF_AN_HOUR - 1)
    assert begun.go(f"/login?req={begun.request_id}").is_stale()


def test_the_enter_key_signs_in(visit: Callable[..., Visit]) -> None:
    """It presses the first button of the form, wherever that stands: the ones for more time come after it."""
    page = visit().page
    assert page.count('formaction="/authorize/extend"') == 2  # the warning, and what is said all along
    assert page.index(">Sign in</button>") < page.index('formaction="/authorize/extend"')
