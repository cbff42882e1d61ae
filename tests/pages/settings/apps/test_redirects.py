"""The addresses of an application, over HTTP: one a row, the rule that each breaks beside it, nothing typed is lost."""

import html
from typing import TYPE_CHECKING

import pytest

from tests import state
from tests.factories import make_client
from tests.forms import forms
from tests.pages.settings.developers import CALLBACK, Developer, MakeDeveloper, events_of, found, page_of

if TYPE_CHECKING:
    from flask import Flask

    from authserver.composition import House
    from authserver.models.clients import Client

MANY = [f"https://a.example/{number}" for number in range(51)]


def tab(client: "Client") -> str:
    return page_of(client, "/redirects")


def inputs(page: str, name: str) -> list[str]:
    """The values of the rows of this list, in order."""
    parts = [part for part in page.split("<input ") if f'name="{name}"' in part.partition(">")[0]]
    return [html.unescape(part.partition('value="')[2].partition('"')[0]) for part in parts]


def beside(page: str, row: str) -> str:
    return html.unescape(page).partition(f'id="{row}-error"')[2].partition("</p>")[0]


def kept(house: "House", client: "Client") -> tuple[tuple[str, ...], ...]:
    now = found(house, client)
    assert now is not None
    return now.redirect_uris, now.post_logout_redirect_uris, now.allowed_origins


def test_there_is_a_row_for_each_and_an_empty_one_to_add(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, redirect_uris=[CALLBACK, "https://two.example/cb"])
    page = at.get(tab(client)).text
    assert inputs(page, "redirect_uris") == [CALLBACK, "https://two.example/cb", ""]
    assert inputs(page, "post_logout_redirect_uris") == inputs(page, "allowed_origins") == [""]


def test_rows_are_added_changed_and_removed_and_it_is_audited(
    app: "Flask", developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, redirect_uris=[CALLBACK, "https://two.example/cb"])
    sent = {
        "redirect_uris": ["https://changed.example/cb", "https://two.example/cb", " https://new.example/cb "],
        "post_logout_redirect_uris": "https://new.example/bye",
        "allowed_origins": "https://new.example",
    }
    answer = at.fill(tab(client), **sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, tab(client))
    changed = ("https://changed.example/cb", "https://two.example/cb", "https://new.example/cb")
    assert kept(house, client) == (changed, ("https://new.example/bye",), ("https://new.example",))
    at.fill(tab(client), redirect_uris=["https://changed.example/cb", "", "https://new.example/cb", ""])
    assert kept(house, client)[0] == ("https://changed.example/cb", "https://new.example/cb")
    assert [event.actor for event in events_of(app, at, "client.changed")] == [at.user.id] * 2


def test_the_button_of_a_row_removes_it_and_saves_the_others(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, redirect_uris=[CALLBACK, "https://two.example/cb"])
    rows = [CALLBACK, "not even an address", "https://three.example/cb"]
    assert at.fill(tab(client), redirect_uris=rows, remove="redirect_uris-1").status_code == 303
    assert kept(house, client)[0] == (CALLBACK, "https://three.example/cb")


def test_the_last_redirect_uri_stays(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    answer = at.fill(tab(client), redirect_uris=[CALLBACK, ""], remove="redirect_uris-0")
    assert answer.status_code == 400
    assert "Enter at least one redirect URI." in beside(answer.text, "redirect_uris")
    assert inputs(answer.text, "redirect_uris")[0] == CALLBACK
    assert kept(house, client)[0] == (CALLBACK,)


@pytest.mark.parametrize(
    ("kind", "member", "value", "rule"),
    [
        ("web", "redirect_uris", "http://bad.example/", "http is only for loopback addresses; use https."),
        ("web", "redirect_uris", "https://a.example/#x", "No fragment"),
        ("web", "redirect_uris", "https://*.example/", "no space, backslash or wildcard."),
        ("web", "redirect_uris", "com.example.app:/cb", "Use https"),
        ("web", "redirect_uris", "https://ok.example@evil.example/", "Needs a host, and no user name."),
        ("web", "redirect_uris", "HTTPS://A.example/", "in lower case"),
        ("spa", "redirect_uris", "javascript:alert(1)", "Use https"),
        ("native", "redirect_uris", "app:/cb", "a scheme with a dot"),
        ("native", "post_logout_redirect_uris", "data:text/html,x", "a scheme with a dot"),
        ("web", "post_logout_redirect_uris", "ftp://x.example/", "Use https"),
        ("web", "allowed_origins", "https://x.example/path", "An origin is scheme://host[:port]"),
        ("web", "allowed_origins", "<script>", "An origin is scheme://host[:port]"),
    ],
)
def test_DC2_the_rule_stands_beside_the_row_and_all_is_kept(
    developer: MakeDeveloper, house: "House", kind: str, member: str, value: str, rule: str
) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, type=kind)
    lists = {"redirect_uris": [CALLBACK], "post_logout_redirect_uris": [], "allowed_origins": ["https://o.example"]}
    sent = {**lists, member: [*lists[member], value]}
    before = state.of(house.database)
    answer = at.fill(tab(client), **sent)
    assert answer.status_code == 400
    wrong = f"{member}-{len(lists[member])}"
    assert rule in beside(answer.text, wrong)
    assert f'href="#{wrong}"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert {name: inputs(answer.text, name)[:-1] for name in sent} == sent
    assert state.of(house.database) == before


def test_too_many_rows_are_refused_as_a_whole(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    answer = at.fill(tab(client), redirect_uris=MANY)
    assert answer.status_code == 400
    assert "There is room for 50 of them." in beside(answer.text, "redirect_uris")
    assert inputs(answer.text, "redirect_uris")[:-1] == MANY


def test_a_page_that_was_open_for_too_long_loses_nothing(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    answer = at.fill(tab(client), redirect_uris=["https://typed.example/with-care"], csrf_token="foreign")
    assert answer.status_code == 400
    assert "open for too long" in answer.text
    assert inputs(answer.text, "redirect_uris")[0] == "https://typed.example/with-care"
    assert again(at, answer.text).status_code == 303


def again(at: Developer, page: str) -> "object":
    """Send the form that an answer shows once more."""
    (form,) = [form for form in forms(page) if form.action.endswith("/redirects")]
    return at.post(form.action, {**form.values, "redirect_uris": ["https://typed.example/with-care"]})
