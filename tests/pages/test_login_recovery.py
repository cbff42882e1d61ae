"""No dead ends on the way of an authorization: whatever was late, doubled or elsewhere goes on with one click.

Client, state and the typed user name are never lost, and what starts anew passes the checks of any new request.
"""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.browser.cookies import Cookie
from authserver.cli.purge import expired
from authserver.models import authorization_requests, clients
from authserver.models.clients import Client
from authserver.oauth import clients as registry
from tests.factories import make_client
from tests.pages.people import PASSWORD, Browser, commit, person, settings_of, token_in
from tests.relying_party import FORM, RelyingParty, encoded
from tests.rfc.front_channel import unchanged

HALF_AN_HOUR = 1800
SCOPE = "openid read:realms"
TRUSTED = {"trusted": True, "scope": SCOPE}


class Visit(RelyingParty):
    """A person at a browser on the way to one application; several tabs of a browser are several visits."""

    def __init__(self, app: Flask, at: Browser, client: Client, secret: str = "") -> None:
        super().__init__(at.client, client, secret)
        self.app, self.browser = app, at

    @property
    def request_id(self) -> str:
        assert self.reply is not None
        return self.reply.path.partition("req=")[2].partition("&")[0]

    @property
    def page(self) -> str:
        assert self.reply is not None
        return self.reply.text

    def go(self, path: str) -> "Visit":
        self._browse("GET", path)
        return self

    def press(self, action: str, **fields: str) -> "Visit":
        """Send the form of the page that goes to this path."""
        self._submit(action, fields)
        return self

    def is_stale(self) -> bool:
        return self.reply is not None and self.reply.status_code == 400


@pytest.fixture
def visit(app: Flask, at: Browser) -> Callable[..., Visit]:
    """`visit(trusted=True)`: this browser has been sent here by a new application."""

    def begin(*, browser: Browser | None = None, asked: dict[str, Any] | None = None, **metadata: Any) -> Visit:
        client, secret = make_client(app.extensions["authserver.house"], **{**TRUSTED, **metadata})
        begun = Visit(app, browser or at, client, secret)
        begun.authorize(scope=SCOPE, **asked or {})
        return begun

    return begin


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


# -- already answered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{}, {"prompt": "login"}, {"prompt": "consent"}])
def test_a_request_that_was_answered_with_a_code_never_starts_again(
    app: Flask, visit: Callable[..., Visit], asked: dict[str, str]
) -> None:
    begun = visit(asked=asked, client_uri="https://album.example/start")
    request_id = begun.request_id
    begun.sign_in(person(app), PASSWORD)
    if begun.at == "/consent":
        begun.consent("allow")
    assert begun.code
    begun.go(f"/login?req={request_id}")
    assert begun.is_stale()
    assert 'href="https://album.example/start"' in begun.page
    with unchanged(app):
        token = token_in(begun.page)
        begun._browse("POST", "/authorize/again", body=encoded({"req": request_id, "csrf_token": token}))
        assert begun.is_stale()


def test_whoever_denied_or_cancelled_may_change_their_mind(app: Flask, visit: Callable[..., Visit]) -> None:
    begun = visit(trusted=False)
    first = begun.request_id
    assert begun.press("/authorize/cancel").answer["error"] == "access_denied"
    assert begun.answer["state"] == begun.sent["state"]
    begun.go(f"/login?req={first}").press("/authorize/again")
    second = begun.sign_in(person(app), PASSWORD).request_id  # type: ignore[attr-defined]
    assert begun.consent("deny").answer["error"] == "access_denied"
    begun.go(f"/consent?req={second}").press("/authorize/again")
    assert begun.at == "/consent"
    assert begun.consent("allow").redeem().status_code == 200


def test_a_second_click_on_allow_leads_to_the_application(app: Flask, visit: Callable[..., Visit]) -> None:
    begun = visit(trusted=False)
    begun.sign_in(person(app), PASSWORD)
    request_id, body = begun.request_id, encoded({**begun.form("/consent").values, "decision": "allow"})
    first = begun.transport.send("POST", "/consent", body=body, headers={"Content-Type": FORM})
    assert first.status_code == 303  # which the browser drops for the answer to the second click
    begun._browse("POST", "/consent", body=body)
    assert begun.is_stale()
    assert f'href="/authorize?req={request_id}"' in begun.page
    assert begun.go(f"/authorize?req={request_id}").code


# -- checked like a new request ----------------------------------------------------------------------------------------


def changed(app: Flask, client: Client, **document: Any) -> None:
    commit(app, lambda: registry.change(client, document, privileged=True, actor="tests"))


def test_again_the_redirect_uri_must_be_registered_now(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    begun = visit()
    frozen.shift(HALF_AN_HOUR)
    begun.go(f"/login?req={begun.request_id}")
    changed(app, begun.client, redirect_uris=["https://elsewhere.example/cb"])
    begun.press("/authorize/again")
    assert begun.is_stale()
    assert begun.answer == {}
    assert "not registered" in begun.page


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "openid"}, "invalid_scope"),
        ({"grant_types": ["refresh_token"]}, "unauthorized_client"),
        ({"require_pkce": True}, "invalid_request"),
    ],
)
def test_again_everything_else_must_be_good_now(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller, change: dict[str, Any], error: str
) -> None:
    none = {"code_challenge": None, "code_challenge_method": None}
    begun = visit(require_pkce=False, asked=none)
    frozen.shift(HALF_AN_HOUR)
    begun.go(f"/login?req={begun.request_id}")
    changed(app, begun.client, **change)
    with unchanged(app):
        begun.press("/authorize/again")
    assert (begun.answer["error"], begun.answer["state"]) == (error, begun.sent["state"])


def test_again_not_for_an_application_that_is_disabled_or_gone(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    begun = visit()
    frozen.shift(HALF_AN_HOUR)
    begun.go(f"/login?req={begun.request_id}")
    commit(app, lambda: clients.change(begun.client.client_id, disabled_at=1))
    with unchanged(app):
        begun.press("/authorize/again")
        assert begun.is_stale()
        assert begun.client.name not in begun.page


def test_again_every_parameter_is_what_it_was(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    asked = {"prompt": "consent", "max_age": "3600", "login_hint": "ada", "ui_locales": "en", "state": "a b&é"}
    begun = visit(asked=asked)
    before = commit(app, lambda: authorization_requests.recall(begun.request_id))
    frozen.shift(HALF_AN_HOUR)
    begun.go(f"/login?req={begun.request_id}").press("/authorize/again")
    after = commit(app, lambda: authorization_requests.recall(begun.request_id))
    assert before is not None
    assert after is not None
    assert after.digest != before.digest
    assert after.parameters == before.parameters
    assert begun.form("/login").values["username"] == "ada"


def test_AZ16_again_a_login_that_was_demanded_is_still_demanded(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller
) -> None:
    ada, begun = person(app), visit(asked={"prompt": "login"})
    request_id = begun.request_id
    frozen.shift(HALF_AN_HOUR)
    begun.browser.sign_in(ada)
    begun.go(f"/login?req={request_id}").press("/authorize/again")
    assert begun.at == "/login"
    assert begun.sign_in(ada, PASSWORD).code


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


# -- nothing by accident, nothing by others ----------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["again", "cancel", "extend"])
@pytest.mark.parametrize("token", [None, "", "forged"])
def test_AZ23_recovery_needs_a_token_of_this_browser(
    app: Flask, visit: Callable[..., Visit], frozen: time_machine.Traveller, action: str, token: str | None
) -> None:
    begun = visit()
    if action == "again":
        frozen.shift(HALF_AN_HOUR)
    with unchanged(app):
        fields = {"req": begun.request_id, "csrf_token": token, "username": "x"}
        begun._browse("POST", f"/authorize/{action}", body=encoded(fields))
        assert begun.answer == {}


def test_AZ23_recovery_from_another_site_is_refused(app: Flask, visit: Callable[..., Visit]) -> None:
    begun = visit()
    body = encoded(begun.form("/authorize/cancel").values)
    headers = {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"}
    for action in ("again", "cancel", "extend"):
        with unchanged(app):
            assert begun.transport.send("POST", f"/authorize/{action}", body=body, headers=headers).status_code == 403


def test_again_for_a_request_that_is_still_open_here_just_goes_on(app: Flask, visit: Callable[..., Visit]) -> None:
    begun = visit()
    request_id = begun.request_id
    with unchanged(app):
        fields = {"req": request_id, "csrf_token": token_in(begun.page)}
        begun._browse("POST", "/authorize/again", body=encoded(fields))
    assert begun.request_id == request_id


@pytest.mark.parametrize("path", ["/authorize/again", "/authorize/cancel", "/authorize/extend"])
def test_recovery_is_never_by_get(at: Browser, path: str) -> None:
    assert at.get(path).status_code == 405
