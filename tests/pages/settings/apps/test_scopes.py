"""What an application may ask for, over HTTP."""

import html
from typing import TYPE_CHECKING

import pytest

from tests import state
from tests.factories import make_client
from tests.pages.settings.developers import MakeDeveloper, found, page_of

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.models.clients import Client


def tab(client: "Client") -> str:
    return page_of(client, "/scopes")


def now(house: "House", client: "Client") -> "Client":
    kept = found(house, client)
    assert kept is not None
    return kept


def test_the_form_shows_what_there_is(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    narrow, _ = make_client(house, owner=at.user, scope="openid read:realms", allow_scope_deselect=True)
    wide, _ = make_client(house, owner=at.user)
    form = at.form(tab(narrow), tab(narrow))
    assert (form.values["which"], form.values["scopes"]) == (["chosen"], ["openid", "read:realms"])
    assert form.values["allow_scope_deselect"] == ["y"]
    form = at.form(tab(wide), tab(wide))
    assert (form.values["which"], "scopes" in form.values, "allow_scope_deselect" in form.values) == (
        ["open"], False, False,
    )  # fmt: skip
    assert "admin" not in form.choices["scopes"]


def test_scopes_are_chosen_and_all_are_opened_again(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    wish = {"which": "chosen", "scopes": ["write:realms", "openid"], "allow_scope_deselect": "y"}
    assert at.fill(tab(client), **wish).status_code == 303
    kept = now(house, client)
    assert (kept.scope, kept.allow_scope_deselect) == ("openid write:realms", True)
    assert at.fill(tab(client), which="open", allow_scope_deselect=None).status_code == 303
    kept = now(house, client)
    assert (kept.scope, kept.allow_scope_deselect) == ("", False)


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ([], "Choose at least one scope."),
        (["bogus"], "The scope bogus is unknown."),
        (["read:realms", "admin"], "The scope admin is reserved to administrators."),
        (['a"b'], "The scope is malformed."),
    ],
)
def test_AD4_what_nobody_offered_is_refused_and_the_choice_is_kept(
    developer: MakeDeveloper, house: "House", chosen: list, text: str
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    answer = at.fill(tab(client), which="chosen", scopes=chosen)
    assert answer.status_code == 400
    assert text in html.unescape(answer.text).partition('id="scopes-error"')[2].partition("</p>")[0]
    assert ('value="read:realms" checked' in answer.text) == ("read:realms" in chosen)
    assert state.of(house.database) == before


def test_a_reserved_scope_that_an_administrator_gave_survives_a_change_by_the_owner(
    developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, scope="read:realms admin")
    form = at.form(tab(client), tab(client))
    assert "admin" in form.values["scopes"]
    assert at.fill(tab(client), scopes=["read:realms", "admin", "openid"]).status_code == 303
    assert set(now(house, client).scope.split()) == {"read:realms", "admin", "openid"}
    assert at.fill(tab(client), scopes=["read:realms"]).status_code == 303
    assert at.fill(tab(client), scopes=["read:realms", "admin"]).status_code == 400


def test_a_machine_has_nobody_to_sign_in(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, type="machine")
    offered = at.form(tab(client), tab(client)).choices["scopes"]
    assert "read:realms" in offered
    assert not {"openid", "offline_access"} & set(offered)
    assert "leave single scopes out" not in at.get(tab(client)).text
