"""The revocation feed: resource servers that keep answers of /introspect learn what has ended (issue 5, point 9)."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.accounts import credentials, sessions
from authserver.accounts.visitor import Visitor
from authserver.models import installation, revocations, unit_of_work, users
from authserver.models import sessions as stored_sessions
from authserver.models.unit_of_work import unit_of_work as opened
from authserver.models.users import User
from authserver.oauth import api_keys, clients, feed, withdrawal
from tests.conftest import ISSUER
from tests.factories import ACTOR, make_api_key, make_client, make_resource_server, make_user, within
from tests.processes import CHECKOUT
from tests.relying_party import FORM, Credentials, Local, RelyingParty, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty
from tests.rfc.feed import Follower, exchanged
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.fixture
def follower(machine: Local, api: Credentials) -> Follower:
    return Follower(machine, api, issuer=ISSUER)


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


def gid_of(party: RelyingParty, api: Credentials) -> str:
    """The grant of its last token, as a follower is told."""
    return str(is_active(party.introspect(as_=api, follows="revocations"))["gid"])


# -- what is told ------------------------------------------------------------------------------------------------------


def test_a_beginning_is_a_cursor_and_nothing_else(follower: Follower) -> None:
    claims = follower.read(follower.ask())
    assert claims["events"] == {}
    assert set(claims) == {"iss", "aud", "iat", "cursor", "events"}
    assert follower.news() == {}


def test_a_grant_that_ends(follower: Follower, party: MakeParty, api: Credentials, token_format: str) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize(scope="openid offline_access read:realms").redeem())
    gid = gid_of(rp, api)
    assert follower.news() == {}
    rp.revoke(rp.tokens["refresh_token"])
    assert follower.news() == {"gid": {gid}}
    assert follower.news() == {}, "each is told once"
    is_inactive(rp.introspect(as_=api))


def test_one_access_token_that_ends(
    follower: Follower, party: MakeParty, api: Credentials, token_format: str
) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize(scope="openid read:realms").redeem())
    jti = is_active(rp.introspect(as_=api))["jti"]
    rp.revoke()
    assert follower.news() == {"jti": {jti}}


def test_CR1_a_replayed_code(follower: Follower, party: MakeParty, api: Credentials) -> None:
    rp = party().authorize()
    granted(rp.redeem())
    gid = gid_of(rp, api)
    refuses(rp.redeem(), "invalid_grant")
    assert follower.news() == {"gid": {gid}}


def test_a_scope_that_is_taken_back(house: "House", follower: Follower, party: MakeParty, api: Credentials) -> None:
    """Its grant stands, with less: what was kept of it is true no more."""
    rp = party(trusted=False)
    rp.authorize(scope="openid read:realms write:realms").consent()
    granted(rp.redeem())
    gid = gid_of(rp, api)
    names = {"user_id": rp.user.id, "client_id": rp.client.client_id}
    with within(house):
        withdrawal.withdraw_scope("write:realms", actor=ACTOR, **names)
    assert follower.news() == {"gid": {gid}}
    assert is_active(rp.introspect(as_=api))["scope"] == "openid read:realms"


def test_TX6_a_key_and_what_was_exchanged_for_it(
    house: "House", app: Flask, follower: Follower, api: Credentials, owner: User
) -> None:
    row, key = make_api_key(house, owner)
    agent = exchanged(house, app, api, key)
    gid = gid_of(agent, api)
    follower.news()
    with within(house):
        api_keys.revoke(row, actor=owner.id, because="tests")
    assert follower.news() == {"key_id": {row.id}, "gid": {gid}}
    is_inactive(agent.introspect(as_=api))


def test_a_key_that_is_changed_or_followed_by_another(house: "House", follower: Follower, owner: User) -> None:
    row, _ = make_api_key(house, owner)
    with within(house):
        api_keys.change(row, api_keys.Change(name="n", note="", ip_allow=("192.0.2.0/24",)), actor=owner.id)
    assert follower.news() == {"key_id": {row.id}}
    with within(house):
        api_keys.rotate(row, overlap=60, actor=owner.id)
    assert follower.news() == {"key_id": {row.id}}


def test_a_web_session(house: "House", follower: Follower, owner: User) -> None:
    with within(house):
        started = sessions.start(house.settings, user=owner, visitor=Visitor("192.0.2.1", "tests", "0" * 64))
    with within(house):
        stored_sessions.end_all(owner.id)
    assert follower.news() == {"sid": {started.session.sid}}


def test_IN11_a_user_and_all_that_is_theirs(
    house: "House", follower: Follower, party: MakeParty, api: Credentials
) -> None:
    rp = party()
    granted(rp.authorize(scope="openid offline_access read:realms").redeem())
    gid, (row, _) = gid_of(rp, api), make_api_key(house, rp.user)
    with within(house):
        credentials.disable(rp.user, actor=ACTOR)
    told = follower.news()
    assert set(told) == {"gid", "key_id", "sid"}, "who it is stands nowhere: for some clients they have another name"
    assert gid in told["gid"]
    assert told["key_id"] == {row.id}
    assert len(told["sid"]) == 1


def test_decision_25_a_client_that_is_switched_off_or_deleted(house: "House", follower: Follower) -> None:
    client, _ = make_client(house)
    with within(house):
        clients.set_enabled(client, False, actor=ACTOR)
    assert follower.news() == {"client_id": {client.client_id}}
    with within(house):
        clients.set_enabled(client, True, actor=ACTOR)
    assert follower.news() == {}
    with within(house):
        clients.remove(client, actor=ACTOR)
    assert follower.news()["client_id"] == {client.client_id}


def test_FT14_everything(house: "House", follower: Follower) -> None:
    with opened(house.database) as unit:
        installation.bump(1)  # in the past: nothing of the other tests ends
        unit.commit()
    assert set(follower.news()) == {"all"}


def test_so_many_at_once_are_everything(house: "House", follower: Follower) -> None:
    with opened(house.database) as unit:
        revocations.note(revocations.GRANT, *(f"g{number}" for number in range(revocations.MANY + 1)))
        unit.commit()
    assert follower.news() == {"all": {"gid"}}


def test_what_is_rolled_back_is_not_told(house: "House", follower: Follower) -> None:
    with opened(house.database) as unit:
        revocations.note(revocations.GRANT, "kept")
        unit_of_work.write()
        unit.rollback()
        unit.commit()
    assert follower.news() == {}


def test_long_news_come_in_parts(house: "House", follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST", 3)
    with opened(house.database) as unit:
        revocations.note(revocations.GRANT, "a", "b", "c", "d")
        unit.commit()
    claims = follower.read(follower.ask(since=follower.cursor))
    assert (claims["events"], claims["more"]) == ({"gid": ["a", "b", "c"]}, True)
    rest = follower.read(follower.ask(since=claims["cursor"]))
    assert (rest["events"], "more" in rest) == ({"gid": ["d"]}, False)


def test_what_the_document_shows_is_what_is_told(house: "House", follower: Follower) -> None:
    document = (CHECKOUT / "docs" / "revocations.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```json\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)
    with opened(house.database) as unit:
        revocations.note(revocations.GRANT, "g")
        unit.commit()
    told, example = follower.read(follower.ask(since=follower.cursor)), json.loads(shown)
    assert set(told) == set(example)
    assert feed.read(example["cursor"])
    kinds = re.findall(r"`(\w+)`", document[document.index("each kind is a member") :].partition("\n  Drop")[0])
    assert set(kinds) >= {"gid", "jti", "key_id", "sid", "client_id"} >= set(example["events"])


def test_a_person_with_too_much_to_name_is_a_reset(
    house: "House", follower: Follower, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        make_api_key(house, owner)
    follower.news()
    monkeypatch.setattr(feed, "MOST", 3)
    with within(house):
        users.change(owner.id, not_before=clock.now() + 1)
    told = follower.read(follower.ask(since=follower.cursor))
    assert (told["reset"], told["events"]) == (True, {})
    assert follower.read(follower.ask(since=told["cursor"]))["events"] == {}


# -- cursors -----------------------------------------------------------------------------------------------------------


def test_a_cursor_that_is_too_old_or_of_another_database_begins_anew(
    follower: Follower, frozen: time_machine.Traveller
) -> None:
    follower.news()
    frozen.shift(feed.KEPT)
    assert "reset" not in follower.read(follower.ask(since=follower.cursor))
    frozen.shift(1)
    assert follower.read(follower.ask(since=follower.cursor))["reset"] is True
    number, _, at = follower.read(follower.ask())["cursor"].partition("-")
    ahead = follower.read(follower.ask(since=f"{int(number) + 1}-{at}"))
    assert (ahead["reset"], ahead["cursor"].partition("-")[0]) == (True, number)


def test_purge_keeps_what_a_cursor_may_ask_for(
    house: "House", follower: Follower, frozen: time_machine.Traveller
) -> None:
    with opened(house.database) as unit:
        revocations.note(revocations.GRANT, "first", "second")
        unit.commit()
    frozen.shift(feed.KEPT)
    with opened(house.database) as unit:
        revocations.purge(clock.now() - 2 * feed.KEPT)
        unit.commit()
    assert follower.news() == {"gid": {"first", "second"}}
    frozen.shift(3 * feed.KEPT)
    before = follower.cursor
    with opened(house.database) as unit:
        assert revocations.purge(clock.now() - 2 * feed.KEPT) > 0
        unit.commit()
    assert follower.read(follower.ask())["cursor"].partition("-")[0] == before.partition("-")[0], "ids go on"


@pytest.mark.parametrize("since", ["x", "1", "-1-1", "1-1-1", "1" * 30 + "-1", "1-", "é-1"])
def test_a_cursor_that_is_none(follower: Follower, since: str) -> None:
    refuses(follower.ask(since=since), "invalid_request")


@pytest.mark.parametrize("wait", ["x", "-1", "31", "1.5", "9" * 5000])
def test_a_wait_that_is_none(follower: Follower, wait: str) -> None:
    refuses(follower.ask(wait=wait), "invalid_request")


# -- who is told -------------------------------------------------------------------------------------------------------


def test_IN1_only_resource_servers_that_prove_themselves(
    follower: Follower, party: MakeParty, api: Credentials, machine: Local, row_counts: RowCounts
) -> None:
    rp, before = party(), row_counts()
    for secret in ("wrong", ""):
        headers = {"Authorization": basic(api[0].client_id, secret)}
        refuses(machine.send("GET", "/revocations", body=None, headers=headers), "invalid_client", 401)
    refuses(machine.send("GET", "/revocations", body=None, headers={}), "invalid_client", 401)
    in_query = encoded({"client_id": api[0].client_id, "client_secret": api[1]})
    refuses(machine.send("GET", f"/revocations?{in_query}", body=None, headers={}), "invalid_client", 401)
    other = Follower.__new__(Follower)
    other.transport, other.as_ = machine, (rp.client, rp.secret)
    refuses(other.ask(), "unauthorized_client")
    assert row_counts() == before


def test_a_form_for_those_that_cannot_use_a_header(house: "House", machine: Local) -> None:
    api = make_resource_server(house, token_endpoint_auth_method="client_secret_post")
    form = encoded({"client_id": api[0].client_id, "client_secret": api[1], "wait": "0"})
    reply = machine.send("POST", "/revocations", body=form, headers={"Content-Type": FORM})
    reader = Follower.__new__(Follower)
    reader.transport, reader.as_, reader.issuer = machine, api, ISSUER
    assert reader.read(reply)["events"] == {}
