"""Every error is a page with a trace id, tells little, and keeps nothing of a request that met a defect."""

import logging

import pytest
from flask import Flask

from authserver.accounts import authentication, passwords
from authserver.models import throttles
from tests.pages.people import Browser, commit, person, token_in


def test_no_such_page(at: Browser) -> None:
    answer = at.get("/nowhere/<script>")
    assert answer.status_code == 404
    assert answer.headers["X-Request-Id"] in answer.text
    assert "<script>" not in answer.text


def test_wrong_method_names_the_right_ones(at: Browser) -> None:
    answer = at.client.delete("/account/profile", data={"csrf_token": token_in(at.get("/login").text)})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_IJ3_body_too_large_and_too_many_fields(at: Browser) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert at.post("/login", b"a=" + b"x" * 10_000_000, **form).status_code == 413
    assert at.post("/login", "&".join(f"a{n}=1" for n in range(10_000)), **form).status_code == 400
    assert at.get("/login?" + "&".join(f"a{n}=1" for n in range(2_000))).status_code == 400


def test_defect_is_500_told_to_the_log_only_and_rolled_back(
    app: Flask, at: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = person(app)

    def broken(budgets: tuple[object, ...]) -> None:
        throttles.count("written before the defect", window=900)
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(authentication.throttling, "forgive", broken)
    with caplog.at_level(logging.ERROR):
        answer = at.sign_in(ada)
    assert answer.status_code == 500
    assert "secret of the house" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "secret of the house" in caplog.text
    assert commit(app, lambda: throttles.wait("written before the defect", limit=1)) == 0
    assert at.get("/account/profile").status_code == 303


def test_no_slot_for_a_password_is_503(app: Flask, at: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> bool:
        raise passwords.Busy

    monkeypatch.setattr(passwords, "verify", busy)
    answer = at.sign_in(person(app))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_stale_form_says_what_to_do(app: Flask, at: Browser) -> None:
    at.sign_in(person(app))
    answer = at.post("/logout", {})
    assert answer.status_code == 400
    assert "open for too long" in answer.text
    assert at.get("/account/profile").status_code == 200


@pytest.mark.parametrize("body", ["[1]", "{}", '{"username": ["a"]}', "\\", "nul\\u0000"])
def test_json_where_a_form_belongs_is_400(at: Browser, body: str) -> None:
    for path in ("/login", "/signup", "/forgot", "/reset/x", "/logout", "/login/select"):
        assert at.post(path, body, content_type="application/json").status_code in {400, 410}
