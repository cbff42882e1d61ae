"""What starts anew passes the checks of any new request, and never what was answered with a code."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from authserver.models import authorization_requests, clients
from authserver.models.clients import Client
from authserver.oauth import clients as registry
from tests.pages.login_recovery.visits import HALF_AN_HOUR, Visit
from tests.pages.people import PASSWORD, Browser, commit, person, token_in
from tests.relying_party import FORM, encoded
from tests.rfc.front_channel import unchanged

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
