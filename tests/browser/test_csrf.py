"""LG7, decision 13: forms only from our own pages."""

from flask import Flask

from tests.pages.people import PASSWORD, Browser, person, token_in


def test_LG7_every_form_needs_a_token(app: Flask, at: Browser) -> None:
    """Each route that takes a POST, read from the routes themselves."""
    at.sign_in(person(app))
    paths = {
        rule.rule.replace("<secret>", "x").replace("<sid>", "x")
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in {"login", "account"}
    }
    assert {"/login", "/logout", "/signup", "/account/security/sessions/end-others"} <= paths
    for path in paths:
        fields = {"username": "x", "password": PASSWORD, "email": "x@people.test", "name": "x"}
        assert at.post(path, fields).status_code == 400, path
    assert at.get("/account/profile").status_code == 200


def test_a_form_of_before_the_login_is_not_good_after_it(app: Flask, at: Browser) -> None:
    before = token_in(at.get("/login").text)
    at.sign_in(person(app))
    assert at.post("/logout", {"csrf_token": before}).status_code == 400


def test_cross_site_forms_are_refused_whatever_they_carry(app: Flask, at: Browser) -> None:
    at.sign_in(person(app))
    fields = {"csrf_token": token_in(at.get("/logout").text)}
    assert at.post("/logout", fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert at.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert at.post("/logout", fields, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
