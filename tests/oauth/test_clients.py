"""Changing clients below HTTP: what an owner who is no administrator may not give to a client."""

from typing import TYPE_CHECKING

import pytest

from authserver.models import clients as stored
from authserver.oauth import clients
from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import ACTOR, make_client, within

if TYPE_CHECKING:
    from authserver.composition import House


def test_AD4_an_owner_cannot_add_a_reserved_scope(house: "House") -> None:
    client, _ = make_client(house, type="machine", scope="read:realms")
    with within(house), pytest.raises(InvalidClientMetadataError) as refused:
        clients.change(client, {"scope": "read:realms admin"}, privileged=False, actor=ACTOR)
    assert "reserved" in refused.value.description
    with within(house):
        assert stored.find(client.client_id) == client


def test_an_administrator_adds_it_and_the_owner_keeps_it(house: "House") -> None:
    client, _ = make_client(house, type="machine", scope="read:realms")
    with within(house):
        client = clients.change(client, {"scope": "read:realms admin"}, privileged=True, actor=ACTOR)
    with within(house):
        client = clients.change(client, {"client_name": "Renamed"}, privileged=False, actor=ACTOR)
    assert (client.name, client.scope) == ("Renamed", "read:realms admin")
