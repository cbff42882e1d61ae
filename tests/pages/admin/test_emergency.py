"""The emergency brake: what was issued until now is dead on all workers, and what comes after works (FT14, IN11)."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests
import time_machine
from flask import Flask

from authserver.models import installation
from tests import state
from tests.cli.conftest import Cli
from tests.factories import PASSWORD, make_api_key, make_client, make_resource_server, make_user
from tests.pages.admin.administrators import A_WHILE, Administrator, events
from tests.pages.people import Browser, ask_for_reset, commit
from tests.pages.settings.session_tokens import current
from tests.processes import RunningServer
from tests.relying_party import RelyingParty, Remote

if TYPE_CHECKING:
    from authserver.composition import House

PAGE = "/admin/end-all"
SCOPE = "openid offline_access read:realms"


class Everything:
    """One of each thing that can be issued, to one person."""

    def __init__(self, app: Flask) -> None:
        house: House = app.extensions["authserver.house"]
        self.app, self.house = app, house
        self.user, _ = make_user(house)
        self.caller = make_resource_server(house)
        self.at = Browser(app)
        self.at.sign_in(self.user, PASSWORD)
        self.session_token = current(self.at)
        _, self.key = make_api_key(house, self.user)
        self.reset = ask_for_reset(app, self.user)
        self.jwt, self.opaque = (self.party(access_token_format=form).redeemed() for form in ("jwt", "opaque"))
        self.code = self.party()
        self.machine = RelyingParty(app.test_client(), *make_client(house, type="machine", scope="read:realms"))
        self.machine.token(grant_type="client_credentials")

    def party(self, **metadata: Any) -> "Party":
        party = Party(self.app.test_client(), *make_client(self.house, trusted=True, **metadata))
        party.sign_in(self.user, PASSWORD).authorize(scope=SCOPE)
        return party

    def alive(self) -> dict[str, bool]:
        """Whether each of them still works; finding that out spends the ones that work once."""
        ask = RelyingParty(self.app.test_client(), *self.caller)
        tokens = {
            "session token": self.session_token,
            "API key": self.key,
            "JWT": self.jwt.tokens["access_token"],
            "opaque token": self.opaque.tokens["access_token"],
            "token of a machine": self.machine.tokens["access_token"],
        }
        return {
            "session": self.at.get("/account/profile").status_code == 200,
            "reset link": Browser(self.app).get(self.reset).status_code == 200,
            **{name: ask.introspect(token).json["active"] for name, token in tokens.items()},
            "userinfo": self.jwt.userinfo().status_code == 200,
            "refresh token": self.opaque.refresh().status_code == 200,
            "code": self.code.redeem().status_code == 200,
        }


class Party(RelyingParty):
    def redeemed(self) -> "Party":
        assert self.redeem().status_code == 200
        return self


def test_FT14_everything_until_now_is_dead_and_what_comes_after_works(
    alone: Administrator, frozen: time_machine.Traveller
) -> None:
    assert all(Everything(alone.app).alive().values())
    before = Everything(alone.app)
    page = alone.carry_out(PAGE)
    assert (page.status_code, page.location) == (303, "/login")
    assert "Everything has ended" in alone.get("/login").text
    assert not any(before.alive().values()), before.alive()
    assert alone.get("/admin").status_code == 303
    frozen.shift(1)
    after = Everything(alone.app)
    assert all(after.alive().values())
    assert not any(before.alive().values())
    assert alone.sign_in(alone.user, PASSWORD).status_code == 303
    assert "It was last done" in alone.get("/admin").text


def test_AD7_one_event_says_how_much_there_was_and_the_command_does_the_same(
    alone: Administrator, own_cli: Cli, frozen: time_machine.Traveller
) -> None:
    words = alone.command(PAGE)
    assert words == ["tokens", "end-all", "--yes"]
    assert own_cli(*words[:-1]).code == 2  # not by accident
    first = Everything(alone.app)
    told = own_cli(*words, "-o", "json").json
    assert not any(first.alive().values())
    frozen.shift(1)
    second = Everything(alone.app)
    alone.sign_in(alone.user, PASSWORD)
    alone.carry_out(PAGE)
    assert not any(second.alive().values())
    here, there = (
        events(alone.app, tag="installation.not_before_moved", actor=who)[0] for who in (alone.user.id, "cli")
    )
    counts = {name: there.details[name] for name in ("sessions", "grants", "api_keys", "links")}
    assert counts.items() <= told.items()
    assert counts["api_keys"] == here.details["api_keys"] == 1
    assert counts["sessions"] >= 4
    assert counts["grants"] >= 4
    assert here.details["not_before"] == there.details["not_before"] + 1
    assert here.address == alone.environ["REMOTE_ADDR"]


def test_the_pages_say_what_is_true_afterwards(alone: Administrator, frozen: time_machine.Traveller) -> None:
    before = Everything(alone.app)
    alone.carry_out(PAGE)
    frozen.shift(1)
    alone.sign_in(alone.user, PASSWORD)
    page = alone.get(f"/admin/users/{before.user.id}").text
    assert "<dt>Sessions</dt><dd>0</dd>" in page
    assert "Revoked" in page
    assert ">Live<" not in page


def test_it_asks_for_the_password_after_a_while(alone: Administrator, frozen: time_machine.Traveller) -> None:
    things = Everything(alone.app)
    frozen.shift(A_WHILE)
    before = state.of(alone.app.extensions["authserver.house"].database)
    for wrong in ("", "a guess"):
        assert alone.carry_out(PAGE, password=wrong).status_code == 400
    assert state.of(alone.app.extensions["authserver.house"].database) == before
    assert things.alive()["API key"] is True
    assert alone.carry_out(PAGE, password=PASSWORD).status_code == 303
    assert things.alive()["API key"] is False


def test_the_mark_never_moves_back(alone: Administrator, frozen: time_machine.Traveller) -> None:
    alone.carry_out(PAGE)
    mark = commit(alone.app, installation.not_before)
    commit(alone.app, lambda: installation.bump(mark - 1000))
    assert commit(alone.app, installation.not_before) == mark


def test_FT14_every_worker_knows_it_at_the_next_request(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=2)
    beside = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    house: House = beside.extensions["authserver.house"]
    user, password = make_user(house)
    _, key = make_api_key(house, user)
    caller, secret = make_resource_server(house)
    party = RelyingParty(Remote(server.url), *make_client(house, trusted=True))
    party.authorize(scope=SCOPE).sign_in(user, password).redeem()
    assert party.refresh().status_code == 200
    tokens = [key, party.tokens["access_token"]]

    def active(token: str) -> set[bool]:
        """What many connections are told: each may reach the other worker."""
        answers = [
            requests.post(
                f"{server.url}/introspect", data={"token": token}, auth=(caller.client_id, secret), timeout=10
            )
            for _ in range(24)
        ]
        return {answer.json()["active"] for answer in answers}

    assert [active(token) for token in tokens] == [{True}, {True}]
    told = json.loads(server.cli("tokens", "end-all", "--yes", "-o", "json").stdout)
    assert [active(token) for token in tokens] == [{False}, {False}]
    assert party.refresh().status_code == 400
    while time.time() < told["good_from"]:
        time.sleep(0.05)
    again = RelyingParty(Remote(server.url), *make_client(house, trusted=True))
    again.authorize().sign_in(user, password).redeem()
    assert active(again.tokens["access_token"]) == {True}
