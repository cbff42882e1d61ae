"""The requests of an application, over HTTP: what it has sent, and which check has failed."""

import html
import re
from typing import TYPE_CHECKING

import pytest

from authserver.pages.settings.apps import requests
from tests.factories import make_client, make_resource_server
from tests.pages.settings.apps.requests import check, request_of
from tests.pages.settings.developers import MakeDeveloper, page_of
from tests.pages.settings.keys import text_of

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.models.clients import Client


def tab(client: "Client") -> str:
    return page_of(client, "/requests")


def ids(page: str) -> list[str]:
    return re.findall(r'href="/explain/([0-9a-f]+)"', page)


def address(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    assert found, page
    return html.unescape(found[1])


def test_before_the_first_there_is_a_way_to_send_one(developer: MakeDeveloper, house: "House") -> None:
    at = developer(is_admin=True)
    client, _ = make_client(house)
    api, _ = make_resource_server(house)
    page = at.get(tab(client)).text
    assert "No request yet" in page
    assert f'href="{page_of(client, "/code")}"' in page
    assert "code_challenge=$CHALLENGE" in page
    page = at.get(tab(api)).text
    assert "good answers are counted, not kept" in page
    assert f"{house.settings.issuer}/introspect" in page


def test_a_request_tells_its_result_and_the_check_that_has_failed(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    good = request_of(house, client, check("Client", True, "Tours"), endpoint="authorize", ago=60)
    failed = (check("Client authentication", True), check("PKCE", False, "The <b>verifier</b> is another one."))
    bad = request_of(house, client, *failed, error="invalid_grant", cause="pkce_mismatch")
    page = at.get(tab(client)).text
    assert ids(page) == [bad, good]
    assert "<b>verifier" not in page
    shown = text_of(page)
    assert f"/token {bad} invalid_grant PKCE: The <b>verifier</b> is another one." in shown
    assert f"/authorize {good} Passed" in shown


def test_failed_ones_alone(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    request_of(house, client)
    assert "No request has failed" in at.get(f"{tab(client)}?only=failed").text
    bad = request_of(house, client, error="invalid_grant")
    page = at.get(f"{tab(client)}?only=failed").text
    assert ids(page) == [bad]
    assert re.search(r'<a href="[^"]*\?only=failed" aria-current="page">Failed', page)


@pytest.mark.parametrize("query", ["", "?only=failed"])
def test_a_long_list_has_pages_without_gaps(
    developer: MakeDeveloper, house: "House", monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(requests, "ON_A_PAGE", 3)
    at = developer()
    client, _ = make_client(house, owner=at.user)
    # Most of them in the same second.
    made = [request_of(house, client, error="invalid_grant", ago=number // 5) for number in range(8)]
    first = page = at.get(tab(client) + query).text
    seen = ids(page)
    for _ in range(2):
        page = at.get(address(page, "next")).text
        seen += ids(page)
    assert sorted(seen) == sorted(made)
    assert 'rel="next"' not in page
    assert ids(at.get(address(page, "prev")).text) == ids(first)


def test_the_requests_of_another_application_are_not_here(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    other, _ = make_client(house, owner=at.user)
    request_of(house, other)
    assert ids(at.get(tab(client)).text) == []


@pytest.mark.parametrize("place", ["", "x", "1-", "1-x%27--", "-1-a", f"{'9' * 13}-a"])
def test_AD6_a_place_that_was_not_given_is_refused(developer: MakeDeveloper, house: "House", place: str) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    assert at.get(f"{tab(client)}?after={place}").status_code == 400
