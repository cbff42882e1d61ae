"""An application that was verified, and whose owner changes what was looked at: C2."""

from typing import TYPE_CHECKING

from authserver.models import clients as stored_clients
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import clients
from tests.factories import CALLBACK, make_client
from tests.pages.settings.developers import MakeDeveloper, found, page_of

if TYPE_CHECKING:
    from authserver.composition import House

SAID = "The application is no longer verified"


def test_C2_a_new_name_ends_the_verification_and_the_owner_is_told(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    with unit_of_work(house.database) as unit:
        assert clients.set_verified(client, True, actor="tests")
        unit.commit()
    tab = page_of(client, "/settings")
    at.fill(tab, tos_uri="https://tours.example/terms")
    assert SAID not in at.get(tab).text
    at.fill(tab, name="Another")
    assert SAID in at.get(tab).text
    now = found(house, client)
    assert now is not None
    assert now.verified_at is None


def test_C2_so_does_a_further_redirect_uri(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    with unit_of_work(house.database) as unit:
        assert stored_clients.verify(client, at=1)
        unit.commit()
    tab = page_of(client, "/redirects")
    at.fill(tab, redirect_uris=[CALLBACK, "https://tours.example/cb"])
    assert SAID in at.get(tab).text
