"""LG1 and decision 34: guessing is slow for strangers, and locks nobody out of their own browser."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import time_machine
from flask import Flask

from tests.pages.people import PASSWORD, Browser, person, someone, token_in

WRONG = "not the password of anybody"


def test_LG1_ten_wrong_passwords_are_enough(app: Flask) -> None:
    ada = person(app)
    for _ in range(10):
        assert Browser(app).sign_in(ada, WRONG).status_code == 400
    stranger = Browser(app)
    refused = stranger.sign_in(ada, PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert stranger.cookie("sid") is None


def test_LG1_the_wait_ends_after_fifteen_minutes(app: Flask) -> None:
    ada = person(app)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for _ in range(10):
            Browser(app).sign_in(ada, WRONG)
        assert Browser(app).sign_in(ada).headers["Retry-After"] == "900"
        clock.shift(901)
        assert Browser(app).sign_in(ada).status_code == 303


def test_LG1_nobody_is_locked_out_of_a_browser_that_has_signed_in_before(app: Flask) -> None:
    ada = person(app)
    own = Browser(app)
    own.sign_in(ada)
    own.send("/logout")
    for _ in range(11):
        Browser(app).sign_in(ada, WRONG)
    assert Browser(app).sign_in(ada).status_code == 429
    assert own.sign_in(ada).status_code == 303


def test_LG1_a_known_browser_has_a_budget_of_its_own(app: Flask) -> None:
    ada = person(app)
    own = Browser(app)
    own.sign_in(ada)
    own.send("/logout")
    assert [own.sign_in(ada, WRONG).status_code for _ in range(11)] == [400] * 10 + [429]
    assert Browser(app).sign_in(ada).status_code == 303


def test_LG1_unknown_accounts_are_throttled_alike(app: Flask) -> None:
    nobody = someone()
    statuses = [Browser(app).sign_in(nobody, WRONG).status_code for n in range(11)]
    assert statuses == [400] * 10 + [429]


def test_LG1_one_network_is_stopped_after_a_hundred(app: Flask) -> None:
    ada = person(app)
    network = f"2001:db8:{secrets.token_hex(2)}"
    for number in range(100):
        attacker = Browser(app, address=f"{network}::{number + 1:x}")  # RL4: one /64 is one network
        assert attacker.sign_in(someone(), WRONG).status_code == 400
    assert Browser(app, address=f"{network}::ffff").sign_in(ada).status_code == 429
    assert Browser(app, address=f"{network}:1::1").sign_in(ada).status_code == 303


def test_LG1_success_forgives_the_account(app: Flask) -> None:
    ada = person(app)
    for _ in range(2):
        assert [Browser(app).sign_in(ada, WRONG).status_code for _ in range(9)] == [400] * 9
        assert Browser(app).sign_in(ada).status_code == 303


def test_LG1_parallel_guesses_do_not_slip_through(app: Flask) -> None:
    ada = person(app)
    browsers = [Browser(app) for n in range(24)]
    tokens = [token_in(at.get("/login").text) for at in browsers]

    def guess(number: int) -> int:
        fields = {"username": ada.username, "password": WRONG, "csrf_token": tokens[number]}
        return browsers[number].post("/login", fields).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(guess, range(24))) == {400, 429}
    assert Browser(app).sign_in(ada).status_code == 429
