"""The mail after an application was let in, and the link in it that puts it out again: C19."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask import Flask

from authserver.languages import current
from authserver.models import clients as stored_clients
from authserver.models import users
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth.connection import LIFETIME
from authserver.outbox import messages
from tests import state
from tests.factories import make_resource_server
from tests.pages.consent.asking import Asking, MakeAsking, text_of
from tests.pages.people import Browser, token_in

SCOPE = "openid read:realms"


def link_of(rp: Asking) -> str:
    """The path of the link in the newest mail."""
    found = re.search(r"https?://[^/\s]+(/disconnect/\S+)", rp.mails()[-1].body)
    assert found
    return found.group(1)


@pytest.fixture
def connected(asking: MakeAsking) -> Asking:
    rp = asking(client_name="Tour Planner", access_token_format="opaque")
    rp.authorize(scope=SCOPE).consent("allow").redeem()
    return rp


# -- the mail ----------------------------------------------------------------------------------------------------------


def test_C19_the_mail_says_who_may_do_what(connected: Asking) -> None:
    (mail,) = connected.mails()
    assert mail.subject == "RealmKit: Tour Planner was connected to your account"
    assert "leads to client.example" in mail.body
    assert "- Know who you are\n  - See your realms\n" in mail.body
    assert f"{connected.house.settings.issuer}/disconnect/lk_" in mail.body


def test_C19_once_and_again_only_for_more(connected: Asking) -> None:
    connected.authorize(scope=SCOPE)
    connected.authorize(scope=SCOPE, prompt="consent").consent("allow")
    connected.becomes(client_name="Another")
    connected.authorize(scope=SCOPE).consent("allow")
    assert len(connected.mails()) == 1
    connected.authorize(scope=f"{SCOPE} write:realms").consent("allow")
    assert len(connected.mails()) == 2


def test_C19_none_for_a_denial(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope=SCOPE).consent("deny")
    assert rp.mails() == []


def test_C19_none_about_our_own_applications(asking: MakeAsking) -> None:
    rp = asking(trusted=True)
    rp.authorize(scope=SCOPE)
    rp.authorize(scope=SCOPE, prompt="consent").consent("allow")
    assert rp.mails() == []


def test_C19_again_when_it_was_let_in_again(connected: Asking, app: Flask) -> None:
    Browser(app).send(link_of(connected))
    connected.authorize(scope=SCOPE).consent("allow")
    assert len(connected.mails()) == 2


def test_C19_in_the_language_of_the_person(asking: MakeAsking, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []
    written = messages.app_connected
    monkeypatch.setattr(messages, "app_connected", lambda **facts: spoken.append(current()) or written(**facts))
    rp = asking()
    with unit_of_work(rp.house.database) as unit:
        users.change(rp.user.id, locale="de")
        unit.commit()
    rp.authorize(scope=SCOPE).consent("allow")
    assert spoken == ["de"]


# -- the link ----------------------------------------------------------------------------------------------------------


def test_C19_looking_changes_nothing(connected: Asking, app: Flask) -> None:
    link, before = link_of(connected), state.of(connected.house.database)
    for _ in range(2):  # a mail scanner, then the person
        page = Browser(app).get(link)
        assert page.status_code == 200
        assert "End the access of Tour Planner?" in text_of(page.text)
        assert page.headers["Cache-Control"] == "no-store"
    assert state.of(connected.house.database) == before


def test_C19_the_button_ends_all_access_without_a_login(connected: Asking, app: Flask) -> None:
    api = make_resource_server(connected.house)
    assert connected.introspect(as_=api).json["active"]
    person = Browser(app)
    answer = person.send(link_of(connected))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/disconnect")
    assert "Tour Planner has no access any more." in text_of(person.get("/disconnect").text)
    assert connected.introspect(as_=api).json == {"active": False}
    assert connected.remembered() is None
    connected.authorize(scope=SCOPE)
    assert connected.at == "/consent"


def test_C19_the_link_works_once(connected: Asking, app: Flask) -> None:
    link, person = link_of(connected), Browser(app)
    token = token_in(person.get(link).text)
    assert person.post(link, {"csrf_token": token}).status_code == 303
    connected.authorize(scope=SCOPE).consent("allow")
    for answer in (person.get(link), person.post(link, {"csrf_token": token})):
        assert answer.status_code == 410
        assert "This link no longer works" in text_of(answer.text)
    assert connected.remembered() is not None


def test_C19_the_link_works_for_a_week(connected: Asking, app: Flask, frozen: time_machine.Traveller) -> None:
    connected.authorize(scope=f"{SCOPE} write:realms").consent("allow")
    link = link_of(connected)
    frozen.shift(LIFETIME - 1)
    assert Browser(app).get(link).status_code == 200
    frozen.shift(1)
    assert Browser(app).get(link).status_code == 410


@pytest.mark.parametrize("secret", ["x", "lk_unknown", "%F0%9F%94%91", "a" * 5000])
def test_C19_no_such_link(app: Flask, secret: str) -> None:
    assert Browser(app).get(f"/disconnect/{secret}").status_code == 410


def test_C19_a_link_for_something_else_ends_nothing(connected: Asking, app: Flask) -> None:
    secret = link_of(connected).rpartition("/")[2]
    for place in ("reset", "signup", "setup"):
        assert Browser(app).get(f"/{place}/{secret}").status_code == 410


@pytest.mark.parametrize("token", ["", "forged"])
def test_C19_AZ23_only_by_our_own_form(connected: Asking, app: Flask, token: str) -> None:
    link, person = link_of(connected), Browser(app)
    person.get(link)
    assert person.post(link, {"csrf_token": token}).status_code == 400
    assert person.post(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert connected.remembered() is not None


def test_C19_sixteen_at_once_are_one(connected: Asking, app: Flask) -> None:
    link, person = link_of(connected), Browser(app)
    token = token_in(person.get(link).text)
    cookies = "; ".join(f"{one.key}={one.value}" for one in person.client._cookies.values())

    def press(_number: int) -> int:
        tab = app.test_client(use_cookies=False)
        return tab.post(link, data={"csrf_token": token}, headers={"Cookie": cookies}).status_code

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(press, range(16))) == [303] + [410] * 15


def test_C19_access_that_has_ended_already_is_no_error(connected: Asking, app: Flask) -> None:
    link = link_of(connected)
    with unit_of_work(connected.house.database) as unit:
        stored_clients.remove(connected.client.client_id)
        unit.commit()
    person = Browser(app)
    assert connected.client.client_id in text_of(person.get(link).text)
    assert person.send(link).status_code == 303
