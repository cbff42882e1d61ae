"""What the page of one connected application says: who made it, where it leads, until when, and what has changed."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.browser.presentation import moment
from authserver.models import clients, consents
from authserver.models.consents import Consent
from authserver.oauth import standing_consent
from tests.factories import make_user
from tests.pages.connected_apps.connected import PAGE, Connected, MakeConnected, card, in_words
from tests.pages.people import commit

if TYPE_CHECKING:
    from authserver.composition import House

ASKED = "openid profile offline_access read:realms delete:realms"
DAY = 86400


def consent_of(app: Flask, rp: Connected) -> Consent:
    found = commit(app, lambda: consents.find(user_id=rp.user.id, client_id=rp.client.client_id))
    assert found is not None
    return found


def allow_until(app: Flask, rp: Connected, until: int | None) -> None:
    seen = {**standing_consent.snapshot(rp.client), "until": until}
    own = {"user_id": rp.user.id, "client_id": rp.client.client_id}
    commit(app, lambda: consents.record(**own, scope=ASKED, seen=seen))


def test_it_says_all_there_is_to_know(connected: MakeConnected, frozen: time_machine.Traveller) -> None:
    rp = connected(asks=ASKED, client_name="Tour planner", redirect_uris=["https://tours.example/cb"])
    now, end = (moment(clock.now() + later).striptags() for later in (0, 180 * DAY))
    shown = in_words(rp.see().text)
    for words in (
        "Sends you to tours.example",
        f"Allowed {now}",
        f"Last used {now}",
        f"Access ends {end} , unless it is renewed",
        "Asks you again When it wants more than this",
        "Live tokens at least 2",
        f"Client ID {rp.client.client_id}",
        "About you",
        "See your realms read:realms",
        "Delete realms delete:realms",
        "Keep access when you are not here offline_access",
    ):
        assert words in shown


def test_scopes_stand_under_what_they_do(connected: MakeConnected) -> None:
    page = in_words(connected(asks=ASKED).see().text)
    order = ["About you", "Know who you are", "Read", "See your realms", "Delete realms", "When you are not here"]
    places = [page.index(words, page.index("What it may do")) for words in order]
    assert places == sorted(places)


def test_who_has_looked_at_it(connected: MakeConnected, app: Flask, house: "House") -> None:
    rp = connected(asks=ASKED)
    assert "Not verified" in card(rp.apps(), rp.client.name)
    assert "anybody can choose a name" in in_words(rp.see().text)
    commit(app, lambda: clients.change(rp.client.client_id, verified_at=clock.now()))
    assert "Verified" in card(rp.apps(), rp.client.name)
    assert f"By {house.settings.brand}, on " in in_words(rp.see().text)
    commit(app, lambda: clients.change(rp.client.client_id, verified_at=None, owner_id=rp.user.id))
    assert "Made by you" in card(rp.apps(), rp.client.name)
    ours = connected(asks=ASKED, trusted=True)
    assert f"Part of {house.settings.brand}" in card(ours.apps(), ours.client.name)


def test_an_application_that_has_changed_is_shown_as_it_was_and_is(connected: MakeConnected, app: Flask) -> None:
    rp = connected(asks=ASKED, client_name="Tour planner", redirect_uris=["https://tours.example/cb"])
    changed = {"name": "Tour planner Pro", "redirect_uris": ("https://tours.example/cb", "https://other.example/cb")}
    commit(app, lambda: clients.change(rp.client.client_id, **changed))
    assert "Changed since you allowed it" in card(rp.apps(), "Tour planner Pro")
    shown = in_words(rp.see().text)
    for words in ("Its name was Tour planner", "Now it is Tour planner Pro", "https://other.example/cb", "asked again"):
        assert words in shown
    assert "Asks you again The next time, because it has changed" in shown


def test_the_end_that_the_person_has_chosen(
    connected: MakeConnected, app: Flask, frozen: time_machine.Traveller
) -> None:
    rp, until = connected(asks=ASKED), clock.now() + 30 * DAY
    allow_until(app, rp, until)
    assert f"Asks you again From {moment(until).striptags()} , as you have chosen" in in_words(rp.see().text)


def test_nothing_live_is_no_access_at_the_moment(connected: MakeConnected, frozen: time_machine.Traveller) -> None:
    rp = connected(asks="openid read:realms")
    rp.sign_in(rp.user, rp.password)
    assert "No access at the moment" not in in_words(rp.see().text)
    frozen.shift(901)  # without a refresh token: the signed one was all
    shown = in_words(rp.see().text)
    assert "Access ends No access at the moment" in shown
    assert "Live tokens 0" in shown


def test_AD1_the_page_of_another_is_as_absent_as_none(connected: MakeConnected) -> None:
    rp, other = connected(), connected()
    assert rp.see(f"{PAGE}/{other.client.client_id}").status_code == rp.see(f"{PAGE}/cl_absent").status_code == 404


def test_strangers_sign_in_first(app: Flask) -> None:
    for path in (f"{PAGE}/cl_1", f"{PAGE}/cl_1/scope?scope=x"):
        assert app.test_client().get(path).headers["Location"].startswith("/login?next=%2Faccount%2Fapps%2Fcl_1")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'Tour "planner" \''])
def test_XS1_names_are_only_text(connected: MakeConnected, name: str) -> None:
    rp = connected(asks=ASKED, client_name=name)
    for path in (rp.page, f"{rp.page}/scope?scope=profile"):
        assert "<script>alert" not in rp.see(path).text
    assert "<script>alert" not in rp.see("/account/activity").text


def test_a_scope_that_the_server_has_forgotten_is_shown_by_its_name(connected: MakeConnected, app: Flask) -> None:
    rp = connected(asks=ASKED)
    own = {"user_id": rp.user.id, "client_id": rp.client.client_id}
    commit(app, lambda: consents.record(**own, scope=f"{ASKED} gone:scope", seen=consent_of(app, rp).seen))
    assert "gone:scope gone:scope" in in_words(rp.see().text)
    assert rp.take_back("gone:scope").status_code == 303
    assert "gone:scope" not in consent_of(app, rp).scope


def test_two_users_have_nothing_to_do_with_each_other(connected: MakeConnected, app: Flask, house: "House") -> None:
    rp = connected(asks=ASKED)
    other = Connected(app.test_client(), rp.client, rp.secret)
    other.user, password = make_user(house)
    other.sign_in(other.user, password)
    assert other.see(rp.page).status_code == 404
    assert "No app has access" in other.apps()
