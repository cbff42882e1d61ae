"""The switch at the foot of a page: it keeps the choice, and leads back and nowhere else."""

from collections.abc import Callable

import pytest
from flask import Flask

from authserver.languages import OFFERED
from tests.forms import Form, forms
from tests.languages.reading import asking, follow, language_of
from tests.pages.people import Browser, link_in, mails, person, reload, token_in


def switch_of(page: str) -> Form:
    (form,) = [form for form in forms(page) if form.action == "/language"]
    return form


def test_switch_offers_every_language_by_its_own_name(at: Browser) -> None:
    page = at.get("/login").text
    form = switch_of(page)
    assert form.choices["language"] == list(OFFERED)
    assert form.values["language"] == ["en"]
    assert all(f">{name}</option>" in page for name in OFFERED.values())


@pytest.mark.parametrize("code", OFFERED)
def test_choice_is_kept_and_leads_back(at: Browser, code: str) -> None:
    form = switch_of(at.get("/signup?req=abc").text)
    answer = at.post("/language", {**form.values, "language": code})
    assert (answer.status_code, answer.location) == (303, "/signup?req=abc")
    assert language_of(at.get(answer.location)) == code
    assert language_of(at.get("/forgot")) == code


def test_login_in_the_middle_of_an_authorization_goes_on(app: Flask, at: Browser) -> None:
    page = follow(at, asking(app)).text
    answer = at.post("/language", {**switch_of(page).values, "language": "de"})
    assert answer.location.startswith("/login?req=")
    assert language_of(at.get(answer.location)) == "de"


def test_page_that_answered_a_form_leads_to_its_address(app: Flask, at: Browser) -> None:
    page = follow(at, asking(app)).text
    (login,) = [form for form in forms(page) if form.action == "/login"]
    refused = at.post("/login", {**login.values, "username": "nobody", "password": "wrong"})
    assert refused.status_code == 400
    assert switch_of(refused.text).values["next"] == f"/login?req={login.values['req']}"
    nowhere = at.post("/account/security/sessions/none/end", {"csrf_token": login.values["csrf_token"]})
    assert nowhere.status_code == 303  # to the login
    gone = at.post("/no-such-page", {"csrf_token": login.values["csrf_token"]})
    assert switch_of(gone.text).values["next"] == "/"


def test_IJ6_switch_repeats_nothing_that_is_secret(app: Flask, at: Browser) -> None:
    sent = "state=canary&id_token_hint=canary&token=canary&code=canary&ui_locales=canary"
    for path in (f"/authorize?{sent}", f"/login?{sent}", f"/end_session?{sent}", f"/canary?{sent}"):
        assert "canary" not in at.get(path).text, path
    user = person(app)
    at.sign_in(user)
    assert "canary" not in at.get("/account/apps/canary").text
    at.send("/forgot", email=user.email)
    link = link_in(mails(app, user.email)[-1].body)
    assert link.rpartition("/")[2] not in at.get(link).text
    assert 'action="/language"' not in at.get(link).text


def test_LG7_switch_needs_its_token(app: Flask, at: Browser) -> None:
    user = person(app)
    at.sign_in(user)
    answer = at.post("/language", {"language": "de", "next": "/login"})
    assert answer.status_code == 400
    assert at.cookie("language") is None
    assert reload(app, user).locale is None


def test_LG7_switch_from_another_site_is_refused(at: Browser) -> None:
    values = {"csrf_token": token_in(at.get("/login").text), "language": "de"}
    assert at.post("/language", values, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert at.cookie("language") is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\tevil.example",
        "/a\r\nSet-Cookie: a=b",
        "/" + "a" * 3000,
        "",
    ],
)
def test_LG5_switch_leads_to_no_other_site(at: Browser, target: str) -> None:
    values = {"csrf_token": token_in(at.get("/login").text), "language": "de", "next": target}
    answer = at.post("/language", values)
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("code", ["", "xx", "de-AT", "../../de", "<b>", "DE", "de.1"])
def test_language_that_is_not_offered_is_refused(at: Browser, code: str) -> None:
    values = {"csrf_token": token_in(at.get("/login").text), "language": code, "next": "/login"}
    assert at.post("/language", values).status_code == 400
    assert at.cookie("language") is None


def test_looking_changes_nothing(at: Browser) -> None:
    assert at.get("/language?language=de").status_code == 405
    assert at.cookie("language") is None


def test_choice_of_a_person_is_kept_with_the_account(app: Flask, at: Browser) -> None:
    user = person(app)
    at.sign_in(user)
    at.post("/language", {**switch_of(at.get("/account/profile").text).values, "language": "fr"})
    assert reload(app, user).locale == "fr"
    assert reload(app, user).name == user.name


def test_choice_of_nobody_is_kept_in_the_browser_alone(app: Flask, at: Browser) -> None:
    user = person(app)
    at.post("/language", {**switch_of(at.get("/login").text).values, "language": "fr"})
    assert reload(app, user).locale is None


def test_decision_14_cookie_of_the_choice(app_with: Callable[..., Flask]) -> None:
    at = Browser(app_with(issuer="https://auth.example"))
    at.environ["wsgi.url_scheme"] = "https"
    page = at.get("/login", base_url="https://auth.example").text
    answer = at.post("/language", {**switch_of(page).values, "language": "de"}, base_url="https://auth.example")
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if "language=" in value]
    assert cookie.startswith("__Host-language=de.")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=31536000"} <= set(cookie.split("; "))
