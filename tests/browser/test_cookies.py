"""Decision 14: names and attributes of cookies."""

from collections.abc import Callable

import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from tests.pages.people import Browser, person


def set_by(answer: TestResponse) -> dict[str, str]:
    lines = [line for line in answer.headers.getlist("Set-Cookie") if "Max-Age=0" not in line]
    return {line.partition("=")[0]: line for line in lines}


def test_on_http_cookies_are_plain_and_not_secure(app: Flask, at: Browser) -> None:
    page, signed_in = at.get("/login"), at.sign_in(person(app))
    assert set(set_by(page)) == {"csrf"}
    assert set(set_by(signed_in)) == {"sid", "browser"}
    for line in [*set_by(page).values(), *set_by(signed_in).values()]:
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert "Path=/" in line
        assert "Secure" not in line
        assert "Domain" not in line


def test_on_https_cookies_are_secure_and_bound_to_the_host(app_with: Callable[..., Flask]) -> None:
    app = app_with(issuer="https://auth.people.test")
    at = Browser(app)
    secure = {"base_url": "https://auth.people.test"}
    answer = at.get("/login", **secure)
    assert set(set_by(answer)) == {"__Host-csrf"}
    (line,) = set_by(answer).values()
    assert "Secure" in line
    assert "Domain" not in line
    assert "__Host-browser" in set_by(at.get("/login?req=ar_unknown", **secure))


def test_session_cookie_ends_with_the_browser_and_the_browser_cookie_after_half_a_year(app: Flask, at: Browser) -> None:
    lines = set_by(at.sign_in(person(app)))
    assert "Max-Age" not in lines["sid"]
    assert "Max-Age=15552000" in lines["browser"]


def test_browser_cookie_outlasts_sessions(app: Flask, at: Browser) -> None:
    ada = person(app)
    at.sign_in(ada)
    first = at.cookie("browser")
    at.send("/logout")
    at.sign_in(ada)
    assert at.cookie("browser") == first


def test_idle_and_absolute_end_of_a_session(app: Flask) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        ada, idler, worker = person(app), Browser(app), Browser(app)
        idler.sign_in(ada)
        worker.sign_in(ada)
        for _ in range(28):  # every 25 minutes, for less than 12 hours
            clock.shift(1500)
            assert worker.get("/account/profile").status_code == 200
        assert idler.get("/account/profile").status_code == 303
        clock.shift(1300)  # never idle, but 12 hours are over
        assert worker.get("/account/profile").status_code == 303
