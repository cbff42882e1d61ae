"""What people see of an application, and its end, over HTTP."""

import html
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests import state
from tests.factories import make_client, make_resource_server
from tests.pages.settings.developers import APPS, MakeDeveloper, events_of, found, page_of

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.models.clients import Client

ORIGIN = "https://client.example"  # of the redirect URI that clients of tests have
PAGES = {
    "client_uri": "https://tours.example",
    "policy_uri": "https://tours.example/privacy",
    "tos_uri": "https://tours.example/terms",
}


def tab(client: "Client") -> str:
    return page_of(client, "/settings")


def test_what_people_see_is_kept_audited_and_can_be_emptied(
    app: Flask, developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    logo = {"logo_uri": "https://tours.example/logo.png"}
    client, _ = make_client(house, owner=at.user, **logo)
    contacts = "ada@tours.example\r\nops@tours.example"
    answer = at.fill(tab(client), name=" Tours  of Europe", contacts=contacts, **PAGES)
    assert (answer.status_code, answer.headers["Location"]) == (303, tab(client))
    now = found(house, client)
    assert now is not None
    assert now.name == "Tours of Europe"
    assert now.details == {**PAGES, **logo, "contacts": ["ada@tours.example", "ops@tours.example"]}
    form = at.form(tab(client), tab(client))
    assert {name: form.values[name] for name in PAGES} == PAGES
    assert str(form.values["contacts"]).split() == now.details["contacts"]
    at.fill(tab(client), contacts="", **dict.fromkeys(PAGES, ""))
    now = found(house, client)
    assert now is not None
    assert now.details == logo
    assert {event.actor for event in events_of(app, at, "client.changed")} == {at.user.id}


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"name": " "}, "name", "Enter a name."),
        ({"name": "x" * 101}, "name", "The name must have 1 to 100 characters."),
        ({"name": "App\u202e"}, "name", "The name holds invisible or control characters."),
        ({"client_uri": "http://tours.example"}, "client_uri", "The homepage must be an https URL."),
        ({"policy_uri": "javascript:alert(1)"}, "policy_uri", "The address of the privacy policy must be an https"),
        ({"tos_uri": "https://a@b.example/"}, "tos_uri", "The address of the terms must have neither user name"),
        (
            {"backchannel_logout_uri": "http://tours.example"},
            "backchannel_logout_uri",
            "The address must be an https URL.",
        ),
        (
            {"backchannel_logout_uri": "https://10.0.0.1/"},
            "backchannel_logout_uri",
            "The address must lead to a public",
        ),
        ({"frontchannel_logout_uri": "https://x.example/"}, "frontchannel_logout_uri", "must have the origin of a"),
        ({"contacts": "somebody"}, "contacts", "Enter e-mail addresses, one on each line."),
        ({"contacts": "a@b.example\na\u202e@b.example"}, "contacts", "Enter e-mail addresses, one on each line."),
        ({"contacts": "a@" + "b" * 300}, "contacts", "Enter e-mail addresses, one on each line."),
        ({"contacts": "\n".join(f"a{n}@b.example" for n in range(51))}, "contacts", "at most 50"),
    ],
)
def test_DC2_DC6_a_broken_rule_stands_beside_its_field_and_all_is_kept(
    developer: MakeDeveloper, house: "House", fields: dict, field: str, text: str
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    typed = {"name": "Typed with care", **PAGES, **fields}
    answer = at.fill(tab(client), **typed)
    assert answer.status_code == 400
    shown = html.unescape(answer.text)
    assert text in shown.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert answer.text.count('aria-invalid="true"') == 1
    assert all(typed[name] in shown for name in typed if name not in ("name", "contacts"))
    assert state.of(house.database) == before


def test_how_it_learns_of_sign_outs_is_kept_and_asked_only_where_people_sign_in(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    wish = {"backchannel_logout_uri": "https://tours.example/told", "frontchannel_logout_uri": f"{ORIGIN}/out"}
    assert at.fill(tab(client), **wish).status_code == 303
    form = at.form(tab(client), tab(client))
    assert {name: form.values[name] for name in wish} == wish
    now = found(house, client)
    assert now is not None
    assert {name: now.details[name] for name in wish} == wish
    assert at.fill(tab(client), **dict.fromkeys(wish, "")).status_code == 303
    now = found(house, client)
    assert now is not None
    assert not wish.keys() & now.details.keys()
    machine, _ = make_client(house, owner=at.user, type="machine")
    assert not wish.keys() & at.form(tab(machine), tab(machine)).values.keys()


def test_AD4_a_change_touches_only_what_the_form_shows(developer: MakeDeveloper, house: "House") -> None:
    at, other = developer(), developer()
    client, _ = make_client(house, owner=at.user)
    at.fill(
        tab(client), name="New name", owner_id=other.user.id, trusted="true", require_pkce="false", type="machine",
        grant_types="client_credentials", environment="any", disabled_at="", verified_at="1", client_id="chosen",
        scope="admin", redirect_uris="https://evil.example/", logo_uri="https://evil.example/",
    )  # fmt: skip
    now = found(house, client)
    assert now is not None
    assert now.name == "New name"
    kept = (
        "owner_id", "trusted", "require_pkce", "type", "grant_types", "environment", "verified_at", "scope",
        "redirect_uris", "details",
    )  # fmt: skip
    assert [getattr(now, name) for name in kept] == [getattr(client, name) for name in kept]


def test_decision_31_the_environment_of_a_resource_server_is_for_administrators(
    developer: MakeDeveloper, house: "House"
) -> None:
    owner, admin = developer(), developer(is_admin=True)
    api, _ = make_resource_server(house, owner=owner.user)
    assert "environment" not in owner.form(tab(api), tab(api)).values
    assert owner.fill(tab(api), name="Renamed", environment="any").status_code == 303
    assert admin.fill(tab(api), environment="test").status_code == 303
    now = found(house, api)
    assert now is not None
    assert (now.name, now.environment, now.audience) == ("Renamed", "test", api.audience)


def test_deleting_needs_the_name(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, client_name="Tour  planner")
    delete = page_of(client, "/delete")
    for typed in (None, "", "tour planner", "Tour"):
        answer = at.fill(delete, on=tab(client), confirm=typed)
        assert answer.status_code == 400
        assert "Nothing was deleted" in answer.text.partition('id="confirm-error"')[2]
        assert "<title>Error:" in answer.text
        assert found(house, client) is not None
    assert at.fill(delete, on=tab(client), confirm=" Tour planner ").status_code == 303
    assert found(house, client) is None
    assert at.get(page_of(client)).status_code == 404
    assert client.client_id not in at.get(APPS).text
