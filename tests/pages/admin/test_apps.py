"""`/admin/apps`: every application, whose it is, and what can be done to it (AD7)."""

from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models import clients
from authserver.models.clients import Client
from tests.cli.conftest import Cli
from tests.factories import PASSWORD, make_client, make_resource_server, make_user, unique
from tests.pages.admin.administrators import A_WHILE, Administrator, change_of, events
from tests.pages.people import commit
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

#: Deed -> what is true of the application before, and its event.
DEEDS = {
    "verify": ("", "client.verified"),
    "unverify": ("verify", "client.unverified"),
    "disable": ("", "client.disabled"),
    "enable": ("disable", "client.enabled"),
    "trust": ("", "client.changed"),
    "distrust": ("trust", "client.changed"),
}


def page_of(client: Client, deed: str = "") -> str:
    return f"/admin/apps/{client.client_id}{deed and '/'}{deed}"


def standing(app: Flask, client: Client) -> dict[str, Any]:
    found = commit(app, lambda: clients.find(client.client_id))
    assert found is not None
    return {"verified": found.verified_at is not None, "enabled": found.enabled, "trusted": found.trusted}


def test_the_list_names_owner_and_state_and_is_searched(
    administrator: Administrator, house: "House", app: Flask
) -> None:
    owner, _ = make_user(house)
    client, _ = make_client(house, owner=owner, client_name=unique("Album"))
    api, _ = make_resource_server(house)
    assert api.audience is not None
    for text in (client.name, client.client_id.lower()):
        page = administrator.get("/admin/apps", query_string={"q": text}).text
        assert page_of(client) in page
        assert owner.username in page
        assert "Not verified" in page
        assert page_of(api) not in page
    assert page_of(api) in administrator.get("/admin/apps", query_string={"q": api.audience}).text
    administrator.done(page_of(client, "disable"))
    assert "Disabled" in administrator.get("/admin/apps", query_string={"q": client.name}).text
    assert '/settings/apps/new"' in administrator.get("/admin/apps").text


def test_one_application_shows_where_it_sends_people(administrator: Administrator, house: "House", app: Flask) -> None:
    client, _ = make_client(house, redirect_uris=["https://album.example/back"])
    party = RelyingParty(app.test_client(), client)
    party.sign_in(*make_user(house)).authorize().consent()
    page = administrator.get(page_of(client)).text
    assert "https://album.example/back" in page
    assert "1 person" in page
    assert administrator.get("/admin/apps/absent").status_code == 404
    assert administrator.get("/admin/apps/absent/verify").status_code == 404
    assert administrator.get(page_of(client, "delete")).status_code == 404


@pytest.mark.parametrize("deed", DEEDS)
def test_AD7_a_deed_is_one_event_and_the_same_on_the_command_line(
    administrator: Administrator, app: Flask, house: "House", cli: Cli, deed: str
) -> None:
    first, tag = DEEDS[deed]
    other = Administrator(app)
    here, there = make_client(house)[0], make_client(house)[0]
    for client in (here, there):
        if first:
            other.done(page_of(client, first))
    before = standing(app, here)
    administrator.done(page_of(here, deed))
    administrator.on_the_command_line(cli, page_of(there, deed))
    assert standing(app, here) == standing(app, there) != before
    event = change_of(app, administrator)
    (same,) = events(app, actor="cli", client_id=there.client_id)
    assert (event.tag, event.client_id) == (tag, here.client_id)
    assert (event.tag, event.details) == (same.tag, same.details)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_change_asks_for_the_password_after_a_while(
    administrator: Administrator, app: Flask, house: "House", frozen: time_machine.Traveller, deed: str
) -> None:
    client, _ = make_client(house)
    if DEEDS[deed][0]:
        administrator.done(page_of(client, DEEDS[deed][0]))
    before = standing(app, client)
    frozen.shift(A_WHILE)
    assert administrator.carry_out(page_of(client, deed), password="a guess").status_code == 400
    assert standing(app, client) == before
    administrator.done(page_of(client, deed), password=PASSWORD)
    assert standing(app, client) != before


def test_what_is_so_already_is_not_done_again(administrator: Administrator, app: Flask, house: "House") -> None:
    client, _ = make_client(house)
    form = administrator.form(page_of(client, "disable"))
    for _ in range(2):
        assert administrator.post(form.action, form.values).status_code == 303
    assert len(events(app, actor=administrator.user.id, client_id=client.client_id)) == 1
    assert "It is so already." in administrator.get(page_of(client, "disable")).text


def test_decision_25_a_disabled_application_is_dead_at_once(
    administrator: Administrator, app: Flask, house: "House"
) -> None:
    caller = make_resource_server(house)
    party = RelyingParty(app.test_client(), *make_client(house))
    party.sign_in(*make_user(house)).authorize().consent().redeem()
    assert party.introspect(as_=caller).json["active"] is True
    administrator.done(page_of(party.client, "disable"))
    assert party.introspect(as_=caller).json == {"active": False}
    administrator.done(page_of(party.client, "enable"))
    assert party.introspect(as_=caller).json["active"] is True
