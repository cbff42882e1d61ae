"""What happened to an account, over HTTP: newest first, narrowed, page by page; AD1 and AD6."""

import re
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import audit_events
from authserver.models.users import User
from tests.factories import make_api_key
from tests.pages.people import PASSWORD, Browser, commit, person

if TYPE_CHECKING:
    from authserver.composition import House

PAGE = "/account/activity"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def rows(page: str) -> list[str]:
    """The sentences of the page."""
    found = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", text).split()) for text in found]


def link(page: str, name: str) -> str:
    found = re.search(rf'href="({PAGE}[^"]*)" rel="{name}"', page)
    assert found, page
    return found[1].replace("&amp;", "&")


@pytest.fixture
def ada(app: Flask, at: Browser) -> User:
    user = person(app)
    at.sign_in(user)
    return user


def test_it_tells_what_happened_newest_first(app: Flask, at: Browser, house: "House") -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        ada = person(app)
        now.shift(1)
        at.sign_in(ada, "wrong")
        now.shift(1)
        fields = {"username": ada.username, "password": PASSWORD}
        at.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
        at.send("/login", **fields)
        now.shift(1)
        make_api_key(house, ada, name="Nightly")
        now.shift(1)
        at.send("/account/profile", name="Ada L.", username=ada.username)
        page = at.get(PAGE).text
    address = at.environ["REMOTE_ADDR"]
    assert rows(page) == [
        f"The profile was changed from {address}.",
        "The API key Nightly was created.",
        f"Signed in from {address} (Firefox on Linux). This browser",
        f"Somebody tried a wrong password from {address} (Unknown browser).",
    ]


@pytest.mark.parametrize(
    ("show", "sentence"),
    [
        ("sign-ins", "Signed in"),
        ("keys", "The API key"),
        ("changes", "The profile was changed"),
        ("apps", "You did not allow an app"),
    ],
)
def test_it_is_narrowed(app: Flask, at: Browser, ada: User, house: "House", show: str, sentence: str) -> None:
    make_api_key(house, ada)
    at.send("/account/profile", name="Ada L.", username=ada.username)
    commit(app, lambda: record(Tag.CONSENT_DENIED, actor=ada.id, user_id=ada.id))
    (said,) = rows(at.get(f"{PAGE}?show={show}").text)
    assert said.startswith(sentence)
    assert len(rows(at.get(f"{PAGE}?show=all").text)) == len(rows(at.get(PAGE).text)) == 4


def test_an_empty_part_says_so(at: Browser, ada: User) -> None:
    page = at.get(f"{PAGE}?show=keys").text
    assert "Nothing here" in page
    assert f'href="{PAGE}">Show everything' in page


def test_it_has_pages_and_keeps_what_was_asked(app: Flask, at: Browser, ada: User) -> None:
    for number in range(70):
        commit(
            app, lambda number=number: record(Tag.API_KEY_CREATED, actor=ada.id, user_id=ada.id, key=f"key_{number}")
        )
    seen, page = [], at.get(f"{PAGE}?show=keys").text
    for _ in range(2):
        seen += rows(page)
        page = at.get(link(page, "next")).text
    seen += rows(page)
    assert len(seen) == len(set(seen)) == 70
    assert 'rel="next"' not in page
    assert "show=keys" in link(page, "prev")
    assert rows(at.get(link(page, "prev")).text) == seen[30:60]


def test_AD1_nobody_sees_what_happened_to_others(app: Flask, at: Browser, ada: User) -> None:
    ivo = person(app)
    commit(app, lambda: record(Tag.API_KEY_CREATED, actor=ivo.id, user_id=ivo.id, key="key_of_ivo"))
    commit(app, lambda: record(Tag.API_KEY_CREATED, actor=ada.id, user_id=ivo.id, key="key_of_ivo"))
    assert "key_of_ivo" not in at.get(PAGE).text


@pytest.mark.parametrize(
    "query",
    [
        "show=x", "show=", "show=apps&show=keys", "show=apps'--", "after=x", "after=", "after=1", "after=1.",
        "after=1.ev_1&before=1.ev_1", "after=1.ev_1&after=2.ev_2", "before=9999999999999.ev_1", "before=-1.ev_1",
        "after=1.ev'%20OR%201=1", "sort=at", "user_id=usr_1", "limit=9", "after=%D9%A1.ev_1",
    ],
)  # fmt: skip
def test_AD6_what_cannot_be_asked_is_400(at: Browser, ada: User, query: str) -> None:
    assert at.get(f"{PAGE}?{query}").status_code == 400


def test_places_that_no_event_has_are_empty_or_the_beginning(at: Browser, ada: User) -> None:
    assert rows(at.get(f"{PAGE}?after=1.ev_nothing").text) == []
    assert len(rows(at.get(f"{PAGE}?before=1.ev_nothing").text)) == 1


def test_strangers_sign_in_first(at: Browser) -> None:
    for path in (PAGE, f"{PAGE}/ev_1"):
        assert at.get(path).headers["Location"].startswith("/login?next=%2Faccount%2Factivity")


def test_looking_changes_nothing(app: Flask, at: Browser, ada: User) -> None:
    before = len(commit(app, lambda: audit_events.latest(limit=100, user_id=ada.id)))
    at.get(PAGE)
    assert len(commit(app, lambda: audit_events.latest(limit=100, user_id=ada.id))) == before
