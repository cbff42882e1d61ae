"""The login page, over HTTP: cases LG2-LG7 and LG9 of the security list."""

import re
import statistics
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from flask import Flask

from authserver.accounts import credentials
from authserver.models import sessions, users
from authserver.models.hot import HotReadFailed
from tests.pages.people import PASSWORD, Browser, commit, person, someone, token_in

WRONG = "not the password of anybody"


def without_tokens(page: str) -> str:
    return re.sub(r'value="[^"]*\.[^"]*\.[^"]*"', "", page)


def test_sign_in_by_user_name_or_email_in_any_case(app: Flask, at: Browser) -> None:
    user = person(app)
    for login in (user.username, user.username.upper(), f" {user.email.title()} "):
        response = Browser(app).sign_in(login)
        assert (response.status_code, response.headers["Location"]) == (303, "/")


def test_sign_in_leads_to_the_page_that_asked(app: Flask, at: Browser) -> None:
    ada = person(app)
    asked = at.get("/account/security?x=1%26y")
    assert asked.status_code == 303
    page = at.get(asked.headers["Location"])
    fields = {"csrf_token": token_in(page.text), "username": ada.username, "password": PASSWORD}
    fields["next"] = parse_qs(urlsplit(asked.headers["Location"]).query)["next"][0]
    assert at.post("/login", fields).headers["Location"] == "/account/security?x=1%26y"


def test_wrong_password_keeps_the_user_name_and_starts_no_session(app: Flask, at: Browser) -> None:
    ada = person(app)
    response = at.sign_in(ada, WRONG)
    assert response.status_code == 400
    assert f'value="{ada.username}"' in response.text
    assert WRONG not in response.text
    assert at.cookie("sid") is None


def test_disabled_account_is_refused_like_a_wrong_password(app: Flask, at: Browser) -> None:
    ada = person(app)
    wrong = at.sign_in(ada, WRONG).text
    commit(app, lambda: credentials.disable(ada, actor="cli"))
    assert without_tokens(at.sign_in(ada).text) == without_tokens(wrong)


def test_LG2_unknown_and_known_get_the_same_bytes(app: Flask) -> None:
    ada, ivo = person(app).username, someone()
    answers = [Browser(app).sign_in(name, WRONG) for name in (ada, ivo)]
    assert answers[0].status_code == answers[1].status_code == 400
    known, unknown = (without_tokens(answer.text) for answer in answers)
    assert known.replace(ada, ivo) == unknown
    assert len(answers[0].headers) == len(answers[1].headers)


def test_LG2_unknown_and_known_take_the_same_time(app: Flask) -> None:
    ada, ivo = person(app).username, someone()
    at = Browser(app)
    spent: dict[str, list[float]] = {ada: [], ivo: []}
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for number in range(42):
            clock.shift(1000)  # a new window: no throttling
            token = token_in(at.get("/login").text)
            name = ada if number % 2 else ivo
            begun = time.thread_time()  # not that of other programs
            assert at.post("/login", {"username": name, "password": WRONG, "csrf_token": token}).status_code == 400
            spent[name].append(time.thread_time() - begun)
    known, unknown = (statistics.median(spent[name]) for name in (ada, ivo))
    assert abs(known - unknown) / max(known, unknown) < 0.15


def test_LG3_session_id_changes_at_login_and_the_old_one_is_dead(app: Flask, at: Browser) -> None:
    ada = person(app)
    at.client.set_cookie("sid", "ss_chosen-by-an-attacker")
    at.sign_in(ada)
    first = at.cookie("sid")
    assert first is not None
    assert first != "ss_chosen-by-an-attacker"
    at.send("/login", of="/login?reauth=1", username=ada.username, password=PASSWORD)
    second = at.cookie("sid")
    assert second is not None
    assert second != first
    old = Browser(app)
    old.client.set_cookie("sid", first)
    assert old.get("/account/profile").status_code == 303
    assert at.get("/account/profile").status_code == 200


def test_LG3_another_persons_login_ends_the_session_before(app: Flask, at: Browser) -> None:
    ada, ivo = person(app), person(app)
    at.sign_in(ada)
    at.send("/login", of="/login?reauth=1", username=ivo.username, password=PASSWORD)
    assert ivo.email in at.get("/account/profile").text
    assert commit(app, lambda: sessions.of_user(ada.id, idle_ttl=1800)) == []


def test_LG4_sign_out_asks_and_ends_the_session_on_the_server(app: Flask, at: Browser) -> None:
    ada = person(app)
    at.sign_in(ada)
    secret = at.cookie("sid") or ""
    assert at.get("/logout").status_code == 200
    assert at.get("/account/profile").status_code == 200  # LG11: a GET signs nobody out
    assert at.send("/logout").status_code == 303
    assert at.cookie("sid") is None
    thief = Browser(app)
    thief.client.set_cookie("sid", secret)
    assert thief.get("/account/profile").status_code == 303


@pytest.mark.parametrize(
    "target",
    ["//e.test", "/\\e.test", "/\t/e.test", "/%09/e.test", "javascript:alert(1)", "https:e.test", "https://e.test"],
)
def test_LG5_next_never_leaves_this_server(app: Flask, at: Browser, target: str) -> None:
    ada = person(app)
    assert at.sign_in(ada, next=target).headers["Location"] == "/"
    page = at.get("/login", query_string={"next": target}).text
    assert 'name="next"' not in page.partition('class="foot')[0]
    answer = at.send("/login/select", of="/login", next=target, choice="continue")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_LG6_login_page_headers(at: Browser) -> None:
    headers = at.get("/login").headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("token", [None, "", "forged", "of another browser"])
def test_LG7_login_needs_a_token_of_this_browser_and_can_be_sent_again(
    app: Flask, at: Browser, token: str | None
) -> None:
    ada = person(app)
    at.get("/login")
    if token == "of another browser":
        token = token_in(Browser(app).get("/login").text)
    fields = {"username": ada.username, "password": PASSWORD} | ({"csrf_token": token} if token is not None else {})
    refused = at.post("/login", fields)
    assert refused.status_code == 400
    assert at.cookie("sid") is None
    assert f'value="{ada.username}"' in refused.text
    again = at.post("/login", {**fields, "csrf_token": token_in(refused.text)})
    assert again.status_code == 303


def test_LG7_cross_site_login_is_refused(app: Flask, at: Browser) -> None:
    ada = person(app)
    fields = {"username": ada.username, "password": PASSWORD, "csrf_token": token_in(at.get("/login").text)}
    assert at.post("/login", fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert at.post("/login", fields, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_LG9_a_megabyte_is_refused_at_once_and_unhashed(app: Flask, at: Browser) -> None:
    fields = {
        "username": person(app).username,
        "password": "x" * 1_000_000,
        "csrf_token": token_in(at.get("/login").text),
    }
    body, spent = urlencode(fields), []
    for _ in range(3):
        begun = time.perf_counter()
        refused = at.post("/login", body, content_type="application/x-www-form-urlencoded")
        spent.append(time.perf_counter() - begun)
        assert refused.status_code == 400
        assert "too long" in refused.text
    assert min(spent) < 0.05


def test_LG9_long_passwords_with_spaces_count_to_the_last_character(app: Flask) -> None:
    long = "it is a long way to the next word " * 20 + "!"
    ada = person(app, password=long)
    assert Browser(app).sign_in(ada, password=long).status_code == 303
    assert Browser(app).sign_in(ada, password=long[:-1] + "?").status_code == 400
    assert Browser(app).sign_in(ada, password=long[:72]).status_code == 400


@pytest.mark.parametrize("field", ["username", "password", "csrf_token", "req", "next", "unknown"])
@pytest.mark.parametrize("raw", ["%00", "%ff", "%c0%af", "%ed%a0%80"])
def test_IJ4_nul_and_bad_utf8_in_every_field(at: Browser, field: str, raw: str) -> None:
    body = f"{field}=a{raw}b"
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert at.post("/login", body, **form).status_code == 400
    assert at.get(f"/login?{body}").status_code == 400


def test_database_away_is_503_with_retry_after(app: Flask, at: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    at.sign_in(person(app))

    def away(_user_id: str) -> None:
        raise HotReadFailed("the database is away")

    monkeypatch.setattr(users, "find", away)
    answer = at.get("/account/profile")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "away" not in answer.text
