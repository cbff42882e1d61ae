"""The eight steps work, and every way to break them shows the real error (RFC 6749, 7636, 7662, 7009, 9207)."""

import re

import pytest
from flask import Flask

from tests.pages.people import Browser
from tests.pages.playground.walking import Walk

SCOPES = ("openid", "profile", "offline_access", "read:realms")


@pytest.fixture
def walk(app: Flask) -> Walk:
    return Walk(app)


def test_all_eight_steps(walk: Walk) -> None:
    request = walk.build(*SCOPES)
    assert "code_challenge_method=S256" in request.text
    consent = walk.follow(request, "Open it, as the browser would")
    assert "Playground" in consent.text
    callback = walk.allow(consent)
    assert callback.text.count(": passed") == 3
    tokens = walk.press(callback, "/playground/token")
    assert "HTTP/1.1 200 OK" in tokens.text
    assert "refresh_token" in tokens.text
    assert walk.user.id in walk.press(tokens, "/playground/userinfo").text
    introspected = walk.press(tokens, "/playground/introspect").text
    assert "&#34;active&#34;: true" in introspected
    assert "base64(realmkit-playground-api:$API_SECRET)" in introspected
    refreshed = walk.press(tokens, "/playground/refresh")
    assert "HTTP/1.1 200 OK" in refreshed.text
    revoked = walk.press(refreshed, "/playground/revoke").text
    assert "&#34;active&#34;: false" in revoked
    assert all(response.headers["Cache-Control"] == "no-store" for response in (callback, tokens, refreshed))


def test_a_wrong_verifier_shows_the_error_and_does_not_burn_the_code_CR5(walk: Walk) -> None:
    callback = walk.allow(walk.follow(walk.build("openid"), "Open it, as the browser would"))
    wrong = walk.press(callback, "/playground/token", **{"break": "verifier"})
    assert "invalid_grant" in wrong.text
    trace = re.search(r'href="/explain/([0-9a-f]{16})"', wrong.text)
    assert trace
    assert walk.at.get(f"/explain/{trace[1]}").status_code == 200
    assert "HTTP/1.1 200 OK" in walk.press(wrong, "/playground/token").text


def test_a_wrong_redirect_uri_at_redemption_CR4(walk: Walk) -> None:
    callback = walk.allow(walk.follow(walk.build("openid"), "Open it, as the browser would"))
    wrong = walk.press(callback, "/playground/token", **{"break": "redirect_uri"})
    assert "invalid_grant" in wrong.text
    assert "HTTP/1.1 200 OK" in walk.press(wrong, "/playground/token").text


def test_a_replayed_code_ends_its_tokens_CR1(walk: Walk) -> None:
    replayed = walk.press(walk.tokens(*SCOPES), "/playground/token", **{"break": "replay"}).text
    assert "invalid_grant" in replayed
    assert "&#34;active&#34;: false" in replayed


def test_an_old_refresh_token_ends_the_family_RF1(walk: Walk) -> None:
    refreshed = walk.press(walk.tokens(*SCOPES), "/playground/refresh")
    old = walk.press(refreshed, "/playground/refresh", **{"break": "old"}).text
    assert old.count("HTTP/1.1 200 OK") == 3  # two refreshes, and the introspection
    assert "invalid_grant" in old
    assert "&#34;active&#34;: false" in old


@pytest.mark.parametrize(
    ("label", "error"),
    [
        ("No PKCE", "invalid_request"),
        ("Misspelt scope", "invalid_scope"),
        ("Silently", "consent_required"),
    ],
)
def test_a_faulty_request_comes_back_with_its_error(walk: Walk, label: str, error: str) -> None:
    callback = walk.follow(walk.build("openid", "read:realms"), label)
    assert f"error={error}" in callback.text
    assert f'href="/docs/errors/{error}"' in callback.text


def test_an_unregistered_redirect_uri_stays_on_a_page_AZ1(walk: Walk) -> None:
    page = walk.follow(walk.build("openid"), "Unregistered redirect URI")
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_an_answer_of_another_request_or_server_is_not_used_RFC9207_s2_4(walk: Walk) -> None:
    walk.build("openid")
    page = walk.at.get("/playground/callback?code=ac_x&state=other&iss=https://evil.test").text
    assert page.count(": failed") == 2
    assert 'action="/playground/token"' not in page


def test_a_request_begun_in_another_browser_is_explained(app: Flask, walk: Walk) -> None:
    answer = walk.at.get("/playground/callback?code=ac_x&state=y")
    assert answer.headers["Location"] == "/playground"
    assert "has forgotten that request" in walk.at.get("/playground").text


def test_only_open_scopes_and_own_applications(walk: Walk) -> None:
    token = walk.form(walk.at.get("/playground").text, "/playground/request").values["csrf_token"]
    for fields in ({"scope": "admin"}, {"scope": "manage"}, {"scope": "openid", "client_id": "somebody-elses"}, {}):
        answer = walk.at.post("/playground/request", {"csrf_token": token, **fields})
        assert answer.headers["Location"] == "/playground"


def test_keys_are_not_for_the_playgrounds_api(walk: Walk) -> None:
    page = walk.tokens("openid")
    form = walk.form(page.text, "/playground/introspect")
    key = "rk_live_" + "0" * 32
    assert "&#34;active&#34;: false" not in walk.at.post(form.action, {**form.values, "access_token": key}).text


def test_strangers_are_sent_to_the_login(app: Flask) -> None:
    for path in ("/playground", "/playground/request", "/playground/callback", "/playground/inspector"):
        assert Browser(app).get(path).headers["Location"].startswith("/login?next=")
