"""Which language a page is in: `ui_locales`, then the person's choice, then Accept-Language, then English."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from authserver import languages
from authserver.languages import OFFERED
from tests.factories import make_client
from tests.forms import forms
from tests.languages.reading import SIGN_IN, asking, follow, language_of
from tests.pages.people import Browser, link_in, mails, person, someone, token_in

Preferring = Callable[[str], Browser]
LONG_AGO = 1_000_000_000


def chosen(at: Browser, code: str) -> Browser:
    """Some time ago, with the switch."""
    at.client.set_cookie("language", f"{code}.{LONG_AGO}")
    return at


@pytest.mark.parametrize("code", OFFERED)
def test_login_is_said_in_every_language(preferring: Preferring, code: str) -> None:
    answer = preferring(code).get("/login")
    assert language_of(answer) == code
    assert f">{SIGN_IN[code]}</button>" in answer.text


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("de-AT, de;q=0.9, en;q=0.8", "de"),
        ("ar-EG", "ar"),
        ("zh-Hant-TW, es-419;q=0.7, en;q=0.3", "es"),
        ("en;q=0.3, fr;q=0.9", "fr"),
        ("fr;q=0, es;q=0.1", "es"),
        ("*", "en"),
        ("tlh", "en"),
        ("", "en"),
    ],
)
def test_rfc4647_s3_4_accept_language(preferring: Preferring, accept: str, expected: str) -> None:
    assert language_of(preferring(accept).get("/login")) == expected


@pytest.mark.parametrize(
    "accept",
    ["-", ";;q=,,", "de;q=many", "d\xe9", "\xff\xfe", "x" * 4000, ",".join(["x-y"] * 500), "../../../etc/passwd"],
)
def test_malformed_accept_language_is_harmless(preferring: Preferring, accept: str) -> None:
    answer = preferring(accept).get("/login")
    assert answer.status_code == 200
    assert language_of(answer) in {"en", "de"}


def test_choice_beats_accept_language(preferring: Preferring) -> None:
    at = chosen(preferring("de"), "fr")
    assert language_of(at.get("/login")) == "fr"
    assert language_of(at.get("/no-such-page")) == "fr"


@pytest.mark.parametrize(
    "cookie", ["", "xx", "en-GB", "DE", "<script>", "../de", "de.x", "de.-1", "de.9" + "9" * 30, "de.\u0661", "."]
)
def test_malformed_choice_is_harmless(preferring: Preferring, cookie: str) -> None:
    at = preferring("es")
    at.client.set_cookie("language", cookie)
    assert language_of(at.get("/login")) == ("de" if cookie.startswith("de.") else "es")


def test_oidc_core_s3_1_2_1_ui_locales_beat_choice_and_accept_language(app: Flask, preferring: Preferring) -> None:
    at, user = chosen(preferring("es"), "fr"), person(app)
    login = follow(at, asking(app, ui_locales="tlh de-CH en"))
    assert language_of(login) == "de"
    values = {"csrf_token": token_in(login.text), "req": request_of(login.text), "username": user.username}
    wrong = at.post("/login", {**values, "password": "wrong"})
    assert (wrong.status_code, language_of(wrong)) == (400, "de")
    signed_in = at.sign_in(user, req=values["req"])
    assert language_of(follow(at, signed_in.location)) == "de"
    assert language_of(at.get("/account/profile")) == "fr"


def test_oidc_core_s3_1_2_1_ui_locales_that_nobody_speaks_leave_the_choice(app: Flask, at: Browser) -> None:
    assert language_of(follow(chosen(at, "ar"), asking(app, ui_locales="tlh x-none"))) == "ar"


@pytest.mark.parametrize("sent", ["-", "d\u00e9", "de\u202e", "  ", "x" * 3000, "%s %(a)s", "<b>de</b>", "../../de"])
def test_malformed_ui_locales_are_harmless(app: Flask, at: Browser, sent: str) -> None:
    assert language_of(follow(chosen(at, "es"), asking(app, ui_locales=sent))) == "es"


def test_ui_locales_count_on_errors_of_the_authorization_itself(app: Flask, at: Browser) -> None:
    unknown = at.get("/authorize?client_id=nobody&ui_locales=fr")
    assert (unknown.status_code, language_of(unknown)) == (400, "fr")
    follow(at, asking(app))  # a browser without cookies would be sent on once more
    sent = at.post("/authorize", {"client_id": "nobody", "ui_locales": "ar"})
    assert (sent.status_code, language_of(sent)) == (400, "ar")


def test_ui_locales_count_only_where_applications_send_people(at: Browser) -> None:
    assert language_of(at.get("/login?ui_locales=fr")) == "en"


def test_choice_during_an_authorization_beats_its_ui_locales(
    app: Flask, at: Browser, frozen: time_machine.Traveller
) -> None:
    page = follow(at, asking(app, ui_locales="de")).text
    frozen.shift(5)
    answer = switch(at, page, "ar")
    assert language_of(follow(at, answer.location)) == "ar"
    frozen.shift(5)
    assert language_of(follow(at, asking(app, ui_locales="de"))) == "de"


def test_choice_on_an_error_of_the_authorization_is_shown_at_once(app: Flask, at: Browser) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    wrong = f"client_id={client.client_id}&redirect_uri=https%3A%2F%2Felsewhere.test%2F"
    page = at.get(f"/authorize?{wrong}&ui_locales=de&state=a%26b").text
    answer = switch(at, page, "es")
    assert answer.location == f"/authorize?{wrong}"
    assert language_of(at.get(answer.location)) == "es"


def test_AZ9_the_page_of_no_application_repeats_nothing(at: Browser) -> None:
    assert 'action="/language"' not in at.get("/authorize?client_id=nobody").text


def test_link_in_a_mail_goes_on_in_the_language_of_the_authorization(app: Flask, at: Browser) -> None:
    req, name = request_of(follow(at, asking(app, ui_locales="es")).text), someone()
    page = at.get(f"/signup?req={req}")
    assert language_of(page) == "es"
    fields = {"email": f"{name}@people.example", "username": name, "name": "", "password": "a quiet harbour at dawn"}
    at.post("/signup", {"csrf_token": token_in(page.text), "req": req, **fields})
    (mail,) = mails(app, f"{name}@people.example")
    assert language_of(at.get(link_in(mail.body))) == "es"
    assert language_of(Browser(app).get(link_in(mail.body))) == "en"


@pytest.mark.parametrize("path", ["/docs", "/docs/authentication"])
def test_pages_for_developers_are_english(preferring: Preferring, path: str) -> None:
    answer = chosen(preferring("de"), "ar").get(path)
    assert language_of(answer) == "en"
    assert 'action="/language"' not in answer.text


def test_pages_for_developers_are_english_for_whoever_is_signed_in(app: Flask, preferring: Preferring) -> None:
    at = preferring("ar")
    at.sign_in(person(app, locale="ar"))
    assert language_of(at.get("/account/profile")) == "ar"
    assert language_of(at.get("/settings/api-keys")) == "en"


def test_machines_are_answered_in_english(app: Flask, preferring: Preferring) -> None:
    at = preferring("de")
    assert language_of(at.get("/login")) == "de"
    refusal = at.post("/token", {"grant_type": "none"}).get_json()
    assert refusal["error_description"].isascii()
    assert languages.current() == "en"


def test_decision_49_metadata_lists_what_is_offered(at: Browser) -> None:
    document: dict[str, Any] = at.get("/.well-known/openid-configuration").get_json()
    assert document["ui_locales_supported"] == ["en", "de", "fr", "es", "ar"]


def test_caches_are_told_what_the_language_depends_on(at: Browser) -> None:
    answer = at.get("/login")
    assert {"accept-language", "cookie"} <= {name.lower() for name in answer.vary}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Language" not in at.get("/static/style.css").headers


def request_of(page: str) -> str:
    """The stored request that the login form of a page carries."""
    (form,) = [form for form in forms(page) if form.action == "/login"]
    return str(form.values["req"])


def switch(at: Browser, page: str, code: str) -> Any:
    """Use the switch of this page."""
    (form,) = [form for form in forms(page) if form.action == "/language"]
    return at.post(form.action, {**form.values, "language": code})
