"""`/explain`: to the owner of the application and to administrators; for others there is no such trace (AD1)."""

import re
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from authserver.models import clients as stored
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import playground
from tests.factories import PASSWORD, make_client, make_user, within
from tests.pages.explain.conftest import OTHER, REGISTERED, REQUESTED, signed_in, trace_of, wrong_uri
from tests.pages.people import Browser, token_in
from tests.rfc.conftest import party_at
from tests.rfc.front_channel import unchanged

if TYPE_CHECKING:
    from authserver.composition import House


# -- two tiers ---------------------------------------------------------------------------------------------------------


def test_the_public_sees_a_plain_cause_the_requested_uri_and_the_trace(app: Flask, client: Client) -> None:
    at = Browser(app)
    page = wrong_uri(at, client)
    assert page.status_code == 400
    trace_id = trace_of(page)
    assert trace_id in page.text
    assert REQUESTED in page.text
    assert f'href="{REQUESTED}' not in page.text
    assert "not registered for this application" in page.text
    assert f'href="/login?next=/explain/{trace_id}"' in page.text
    assert REGISTERED not in page.text
    assert OTHER not in page.text
    assert "<ins>" not in page.text


def test_the_developer_is_led_to_the_explanation_by_the_login(app: Flask, client: Client, owner: User) -> None:
    at = Browser(app)
    trace_id = trace_of(wrong_uri(at, client))
    to_login = at.get(f"/explain/{trace_id}")
    assert to_login.status_code == 303
    login = to_login.headers["Location"]
    answer = at.send("/login", of=login, username=owner.username, password=PASSWORD, next=f"/explain/{trace_id}")
    assert answer.headers["Location"] == f"/explain/{trace_id}"
    page = at.get(f"/explain/{trace_id}")
    assert page.status_code == 200
    assert "redirect_uri_mismatch" in page.text


def test_the_owner_sees_the_difference_on_the_error_page_itself(app: Flask, client: Client, owner: User) -> None:
    page = wrong_uri(signed_in(app, owner), client)
    assert page.status_code == 400
    assert "https://app.example/<del>c</del>allback" in page.text
    assert "https://app.example/<ins>C</ins>allback<ins>/</ins>" in page.text
    assert OTHER in page.text
    assert "slash at its end" in page.text
    assert f'href="/explain/{trace_of(page)}"' in page.text


@pytest.mark.parametrize("uri", ["javascript:alert(1)", '"><script>alert(1)</script>', "https://a.example/\u202egnp.exe"])
def test_XS1_a_hostile_uri_is_text(app: Flask, client: Client, owner: User, uri: str) -> None:
    for at in (Browser(app), signed_in(app, owner)):
        page = wrong_uri(at, client, uri)
        assert "<script>alert" not in page.text
        assert f'href="{uri}' not in page.text
    explained = at.get(f"/explain/{trace_of(page)}")
    assert explained.status_code == 200
    assert "<script>alert" not in explained.text
    assert "Add this URI" not in explained.text  # the rules of registration do not take it


# -- who may see it ----------------------------------------------------------------------------------------------------


def plain(page: TestResponse) -> str:
    """The page without what every answer has for itself: its own trace id, and the form token."""
    return re.sub(r"[0-9a-f]{16}|name=\"csrf_token\"[^>]*>", "", page.text)


@pytest.fixture
def reader(app: Flask, house: "House", request: pytest.FixtureRequest) -> Browser:
    """Somebody else: a stranger, a developer with an application of their own."""
    person, _ = make_user(house)
    if request.param == "developer":
        make_client(house, owner=person)
    return signed_in(app, person)


@pytest.mark.parametrize("reader", ["stranger", "developer"], indirect=True)
def test_AD1_somebody_elses_trace_is_as_absent_as_one_that_never_was(
    app: Flask, client: Client, reader: Browser
) -> None:
    trace_id = trace_of(wrong_uri(reader, client))
    with unchanged(app):
        theirs, absent = reader.get(f"/explain/{trace_id}"), reader.get("/explain/0123456789abcdef")
        malformed = reader.get("/explain/no-trace")
    assert [page.status_code for page in (theirs, absent, malformed)] == [404] * 3
    assert plain(theirs) == plain(absent) == plain(malformed).replace("no-trace", "")
    assert "seven days" in theirs.text
    assert REGISTERED not in theirs.text
    token = token_in(reader.get("/explain").text)
    for path in (trace_id, "0123456789abcdef"):
        assert reader.post(f"/explain/{path}/redirect-uri", {"csrf_token": token}).status_code == 404


def test_AD1_nobody_sees_anything_without_signing_in(app: Flask, client: Client) -> None:
    at = Browser(app)
    trace_id = trace_of(wrong_uri(at, client))
    for path in (trace_id, "0123456789abcdef"):
        answer = at.get(f"/explain/{path}")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/login?next=%2Fexplain%2F{path}")
        assert at.post(f"/explain/{path}/redirect-uri").status_code == 303


def test_administrators_see_every_trace_and_add_nothing(app: Flask, house: "House", client: Client) -> None:
    at = signed_in(app, make_user(house, is_admin=True)[0])
    trace_id = trace_of(wrong_uri(Browser(app), client))
    page = at.get(f"/explain/{trace_id}")
    assert page.status_code == 200
    assert "<ins>" in page.text
    assert "Add this URI" not in page.text
    answer = at.post(f"/explain/{trace_id}/redirect-uri", {"csrf_token": token_in(page.text)})
    assert answer.status_code == 403


def test_a_trace_of_nobody_is_for_administrators(app: Flask, house: "House") -> None:
    trace_id = trace_of(Browser(app).get("/authorize?client_id=no-such-client"))
    assert signed_in(app, make_user(house, is_admin=True)[0]).get(f"/explain/{trace_id}").status_code == 200
    assert signed_in(app, make_user(house)[0]).get(f"/explain/{trace_id}").status_code == 404


def test_what_a_person_does_in_the_playground_is_theirs_to_see(app: Flask, house: "House") -> None:
    with within(house):
        client = playground.ensure(house.settings)
    walker, other = (signed_in(app, make_user(house)[0]) for _ in range(2))
    trace_id = trace_of(wrong_uri(walker, client))
    page = walker.get(f"/explain/{trace_id}")
    assert page.status_code == 200
    assert "Add this URI" not in page.text
    assert other.get(f"/explain/{trace_id}").status_code == 404
    anonymous = trace_of(wrong_uri(Browser(app), client))
    assert walker.get(f"/explain/{anonymous}").status_code == 404


# -- what it says ------------------------------------------------------------------------------------------------------


def test_the_owner_sees_which_check_of_a_token_request_has_failed(app: Flask, house: "House", owner: User) -> None:
    rp = party_at(app)
    with within(house):
        stored.change(rp.client.client_id, owner_id=owner.id)
    reply = rp.authorize().redeem(code_verifier="w" * 50)
    page = signed_in(app, owner).get(f"/explain/{reply.headers['X-Request-Id']}")
    assert page.status_code == 200
    assert "pkce_mismatch" in page.text
    for text in ("Client authentication", "Grant type", "How to fix it:", "Expected", "Received"):
        assert text in page.text
    assert page.text.count(": passed</span>") == 4
    assert page.text.count(": failed</span>") == 1
    assert f"authserver explain {reply.headers['X-Request-Id']}" in page.text
    assert rp.user.id not in page.text  # whose request it was is not the application's business


def test_a_trace_that_is_not_written_yet_is_found(app: Flask, client: Client, owner: User) -> None:
    at = signed_in(app, owner)
    for _ in range(5):
        assert at.get(f"/explain/{trace_of(wrong_uri(at, client))}").status_code == 200


def test_the_form_takes_a_trace_id(app: Flask, owner: User) -> None:
    at = signed_in(app, owner)
    assert at.get("/explain").status_code == 200
    answer = at.get("/explain?trace=+0123456789ABCDEF+")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/explain/0123456789abcdef")
    for typed in ("", "x", "<script>alert(1)</script>", "0" * 5000):
        page = at.get("/explain", query_string={"trace": typed})
        assert page.status_code == 400
        assert "16 characters" in page.text
        assert 'aria-invalid="true"' in page.text
        assert "<script>alert" not in page.text
