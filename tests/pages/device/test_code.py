"""`/device`: the code is typed, and guessing is slow (RFC 8628 sections 5.1 and 6.1, DV2)."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from authserver.oauth.device import canonical
from tests.pages.device.televisions import Begin, Seat, answer, look, press, type_in
from tests.pages.people import PASSWORD, Browser, person
from tests.rfc.front_channel import unchanged

# -- the code ----------------------------------------------------------------------------------------------------------


def test_the_code_is_typed_and_leads_to_the_question(at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    page = at.get("/device")
    assert page.status_code == 200
    assert re.search(r'<input[^>]*name="user_code"', page.text)
    answered = type_in(at, tv.code)
    assert (answered.status_code, answered.headers["Location"]) == (303, f"/device?user_code={tv.code}")
    question = at.get(answered.headers["Location"])
    assert question.status_code == 200
    assert "Realm TV" in question.text
    assert tv.code in question.text


@pytest.mark.parametrize(
    "changed",
    [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:2]} {code[2:4].lower()} — {code[5:]}. "],
)
def test_s6_1_case_and_punctuation_do_not_matter(at: Seat, begin: Begin, changed: Callable[[str], str]) -> None:
    tv = begin()
    assert type_in(at, changed(tv.code)).headers["Location"] == f"/device?user_code={tv.code}"


@pytest.mark.parametrize("typed", ["", "BCDF", "BCDF-GHJKL", "AEIO-UYYY", "1234-5678", "é" * 8, "x" * 5000])
def test_s6_1_what_is_no_code(typed: str) -> None:
    assert canonical(typed) is None


def test_an_empty_field_says_what_is_missing(at: Seat) -> None:
    page = type_in(at, " ")
    assert page.status_code == 400
    assert "Type the code that your device shows." in page.text


def test_a_wrong_code_is_kept_and_explained(at: Seat) -> None:
    page = type_in(at, "BCDF-BCDF")
    assert page.status_code == 400
    assert 'value="BCDF-BCDF"' in page.text
    assert "There is no such code" in page.text


def test_the_code_survives_the_login(app: Flask, begin: Begin) -> None:
    tv, stranger, ada = begin(), Browser(app), person(app)
    sent_away = look(stranger, tv.code)
    assert (sent_away.status_code, urlsplit(sent_away.headers["Location"]).path) == (303, "/login")
    target = parse_qs(urlsplit(sent_away.headers["Location"]).query)["next"][0]
    back = stranger.send("/login", username=ada.username, password=PASSWORD, next=target).headers["Location"]
    assert back == f"/device?user_code={tv.code}"
    assert stranger.get(back).status_code == 200


def test_the_code_survives_a_session_that_has_ended_meanwhile(at: Seat, begin: Begin) -> None:
    tv = begin()
    question = look(at, tv.code)
    at.client.delete_cookie("sid")
    answered = press(at, question, "allow")
    assert answered.headers["Location"] == f"/login?next=%2Fdevice%3Fuser_code%3D{tv.code}"


# -- DV2: guessing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [type_in, look])
def test_DV2_ten_wrong_codes_are_enough(
    at: Seat, begin: Begin, way: Callable[[Browser, str], TestResponse], frozen: time_machine.Traveller
) -> None:
    tv = begin()
    for wrong in ("BCDF-BCDF", "AAAA-AAAA", "x") * 4:
        last = way(at, wrong)
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 900
    assert "15 minutes" in last.text
    assert way(at, tv.code).status_code == 429  # the right one too
    frozen.shift(900)
    assert way(at, begin().code).status_code in {200, 303}


def test_DV2_nine_wrong_ones_and_used_ones_do_not_lock(at: Seat, begin: Begin) -> None:
    tv = begin()
    answer(at, tv.code, "deny")
    for _ in range(12):
        assert look(at, tv.code).status_code == 400
    for _ in range(9):
        assert type_in(at, "BCDF-BCDF").status_code == 400
    assert type_in(at, begin().code).status_code == 303


def test_DV2_a_new_session_does_not_help(at: Seat, begin: Begin) -> None:
    for _ in range(10):
        type_in(at, "BCDF-BCDF")
    again = Browser(at.client.application, address=at.environ["REMOTE_ADDR"])
    again.sign_in(at.user)
    assert type_in(again, begin().code).status_code == 429


def test_DV2_one_network_is_stopped_after_a_hundred_whoever_signs_in(app: Flask, begin: Begin) -> None:
    first = Browser(app)
    for _ in range(10):
        guesser = Browser(app, address=first.environ["REMOTE_ADDR"])
        guesser.sign_in(person(app))
        assert [type_in(guesser, "BCDF-BCDF").status_code for _ in range(10)] == [400] * 10
    first.sign_in(person(app))
    assert type_in(first, begin().code).status_code == 429


@pytest.mark.parametrize("raw", ["%00", "%ff"])
def test_IJ4_nul_and_bad_utf8(app: Flask, at: Seat, raw: str) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    with unchanged(app):
        for field in ("user_code", "decision", "scope", "seen", "password"):
            assert at.get(f"/device?{field}=a{raw}").status_code == 400
            assert at.post("/device", f"{field}=a{raw}", **form).status_code == 400


def test_pages_of_a_device_have_the_strict_policy(at: Seat, begin: Begin) -> None:
    headers = look(at, begin().code).headers
    assert "form-action 'self'" in headers["Content-Security-Policy"]  # nothing here leads to an application
    assert headers["Cache-Control"] == "no-store"
