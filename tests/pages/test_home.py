"""The first page."""

import re
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from authserver.models import consents
from tests.factories import make_api_key, make_client
from tests.pages.people import Browser, commit, person
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House


def steps(page: str) -> list[tuple[str, bool]]:
    """Where each step of a developer leads, and whether it is done."""
    found = re.findall(r'<li class="mark">.*?<a href="([^"]+)">(.*?)</li>', page, re.DOTALL)
    return [(href, ">Done<" in rest) for href, rest in found]


def test_home_offers_the_way_in_or_the_way_on(app: Flask, at: Browser) -> None:
    page = at.get("/").text
    for href in ("/login", "/signup", "/settings/apps/new", "/docs"):
        assert f'href="{href}"' in page
    at.sign_in(person(app))
    page = at.get("/").text
    assert 'href="/account/security"' in page
    assert 'href="/login"' not in page


def test_sign_up_is_offered_where_it_is_open(app_with) -> None:  # type: ignore[no-untyped-def]
    assert 'href="/signup"' not in Browser(app_with(signup="closed")).get("/").text


def test_a_person_learns_how_many_applications_have_access(app: Flask, house: "House", at: Browser) -> None:
    user = person(app)
    at.sign_in(user)
    assert "No application has access yet." in at.get("/").text
    for _ in range(2):
        allowed = {"user_id": user.id, "client_id": make_client(house)[0].client_id, "scope": "openid", "seen": {}}
        commit(app, partial(consents.record, **allowed))  # type: ignore[arg-type]
    assert "2 applications have access." in at.get("/").text


def test_a_developer_is_led_from_the_first_application_to_the_first_request(
    app: Flask, house: "House", at: Browser
) -> None:
    user = person(app)
    at.sign_in(user)
    assert steps(at.get("/").text) == [
        ("/settings/apps/new", False),
        ("/settings/apps", False),
        ("/settings/api-keys/new", False),
    ]
    client, secret = make_client(house, owner=user, type="machine")
    make_api_key(house, user)
    code = f"/settings/apps/{client.client_id}/code"
    assert steps(at.get("/").text) == [("/settings/apps", True), (code, False), ("/settings/api-keys", True)]
    RelyingParty(at.client, client, secret).token(grant_type="client_credentials")
    house.server.usage.flush()
    assert steps(at.get("/").text)[1] == (code, True)


def test_only_administrators_are_shown_the_way_to_administration(app: Flask, at: Browser) -> None:
    at.sign_in(person(app))
    assert 'href="/admin"' not in at.get("/").text
    admin = Browser(app)
    admin.sign_in(person(app, is_admin=True))
    assert 'href="/admin"' in admin.get("/").text
