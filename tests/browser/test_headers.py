"""LG6: the headers of every page."""

from collections.abc import Callable

from flask import Flask

from tests.pages.people import Browser

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def test_LG6_pages_and_errors(at: Browser) -> None:
    for path in ("/", "/login", "/signup", "/nowhere", "/account/profile"):
        headers = at.get(path).headers
        assert headers["Content-Security-Policy"] == POLICY
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers  # this issuer is http


def test_pages_of_an_authorization_have_no_form_action_and_keep_their_opener(at: Browser) -> None:
    headers = at.get("/login?req=ar_unknown").headers
    assert headers["Content-Security-Policy"] == POLICY.removesuffix("; form-action 'self'")
    assert "Cross-Origin-Opener-Policy" not in headers


def test_static_files_may_be_cached(at: Browser) -> None:
    headers = at.get("/static/style.css").headers
    assert headers["Cache-Control"].startswith("public")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_https_issuer_sends_hsts(app_with: Callable[..., Flask]) -> None:
    at = Browser(app_with(issuer="https://auth.people.test"))
    assert at.get("/login").headers["Strict-Transport-Security"] == "max-age=31536000"
