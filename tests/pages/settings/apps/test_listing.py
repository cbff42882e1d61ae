"""The list of applications, over HTTP."""

from typing import TYPE_CHECKING

import pytest
import time_machine

from authserver.models import clients
from authserver.pages.settings.apps import listing
from tests.factories import make_client, unique, within
from tests.pages.settings.apps.requests import request_of
from tests.pages.settings.developers import APPS, MakeDeveloper, page_of
from tests.pages.settings.keys import text_of

if TYPE_CHECKING:
    from authserver.composition import House


def row_of(page: str, client_id: str) -> str:
    """What a person reads in the row of this application."""
    rows = [row for row in page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>") if client_id in row]
    assert len(rows) == 1, page
    return text_of("<i " + rows[0])


def test_the_list_holds_ones_own(developer: MakeDeveloper, house: "House") -> None:
    at, other = developer(), developer()
    assert "No applications yet" in at.get(APPS).text
    own, _ = make_client(house, owner=at.user)
    foreign, _ = make_client(house, owner=other.user)
    page = at.get(APPS).text
    assert own.client_id in page
    assert foreign.client_id not in page


def test_a_row_tells_type_environment_verification_last_request_and_state(
    developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    quiet, _ = make_client(house, owner=at.user, type="machine")
    busy, _ = make_client(house, owner=at.user, environment="test")
    with within(house):
        clients.change(busy.client_id, verified_at=1795500000)
    request_of(house, busy)
    frozen.shift(120)
    page = at.get(APPS).text
    assert row_of(page, quiet.client_id).endswith(f"live {quiet.client_id} Machine to machine none seen Not used yet")
    assert row_of(page, busy.client_id).endswith(f"test Verified {busy.client_id} Web application 2 minutes ago In use")
    with within(house):
        clients.change(busy.client_id, disabled_at=1795500000)
    assert "Verified Disabled" in row_of(at.get(APPS).text, busy.client_id)
    assert f'href="{page_of(busy)}"' in page


def test_a_long_list_has_pages_and_administrators_see_all(
    developer: MakeDeveloper, house: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ON_A_PAGE", 2)
    at, admin = developer(), developer(is_admin=True)
    made = [make_client(house, owner=at.user, client_id=unique("listed"))[0].client_id for _ in range(5)]
    seen, path = [], APPS
    for _ in range(3):
        page = at.get(path).text
        seen += [name for name in made if f"{APPS}/{name}" in page]
        path = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert sorted(seen) == sorted(made)
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page
    monkeypatch.setattr(listing, "ON_A_PAGE", 10_000)
    assert all(f"{APPS}/{name}" in admin.get(APPS).text for name in made)


@pytest.mark.parametrize("place", ["", "x", "1", "1-", "-1-x", "1-x y", "1' OR 1=1--", "9" * 30 + "-x", "1-%00"])
def test_AD6_a_place_that_was_not_given_is_refused(developer: MakeDeveloper, place: str) -> None:
    assert developer().get(f"{APPS}?after={place}").status_code == 400
