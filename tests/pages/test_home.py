"""The first page."""

from flask import Flask

from tests.pages.people import Browser, person


def test_home_offers_the_way_in_or_the_way_on(app: Flask, at: Browser) -> None:
    assert 'href="/login"' in at.get("/").text
    at.sign_in(person(app))
    page = at.get("/").text
    assert 'href="/account/security"' in page
    assert 'href="/login"' not in page
