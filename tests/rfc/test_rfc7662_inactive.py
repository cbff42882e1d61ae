"""Tokens that are not good, at introspection (RFC 7662 section 2.2; cases IN2, IN11, IN13)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authserver.models import api_keys, clients, grants, installation, users
from authserver.models.users import User
from authserver.oauth import wrong_secrets
from authserver.oauth.introspection import Misses
from tests.factories import make_api_key, make_client, make_resource_server, make_user, within
from tests.relying_party import FORM, Credentials, Local, RelyingParty, Reply, basic, encoded
from tests.rfc.answers import INACTIVE, is_active, is_inactive, refuses
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty, party_at
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
AppWith = Callable[..., Flask]
Recorded = AbstractContextManager[list[str]]


def _ask(machine: Local, as_: Credentials | None, **fields: Any) -> Reply:
    headers = {"Authorization": basic(as_[0].client_id, as_[1])} if as_ else {}
    return machine.send("POST", "/introspect", body=encoded(fields), headers={"Content-Type": FORM, **headers})


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


# -- IN2: one answer for everything that is not good -------------------------------------------------------------------


def test_IN2_whatever_is_not_good_gets_the_same_bytes(
    house: "House", party: MakeParty, api: Credentials, owner: User, token_format: str, frozen: time_machine.Traveller
) -> None:
    rp = party(access_token_format=token_format)
    revoked = granted(rp.authorize().redeem())["access_token"]
    assert rp.revoke(revoked).status_code == 200
    flipped = granted(rp.authorize().redeem())["access_token"]
    _, key = make_api_key(house, owner, expires_in=5)
    ended, dead_key = make_api_key(house, owner)
    with within(house):
        api_keys.revoke(ended.id, by=owner.id, because="tests")
    bad = (revoked, dead_key, "unknown", "at_" + "A" * 43, "ey.ey.ey", key[:-1])
    answers = [rp.introspect(token, as_=api) for token in bad]
    answers += [rp.introspect(token, as_=api) for token in _flips(flipped)]
    is_active(rp.introspect(flipped, as_=api))
    is_active(rp.introspect(key, as_=api))
    frozen.shift(5)
    answers.append(rp.introspect(key, as_=api))
    frozen.shift(900)
    answers.append(rp.introspect(flipped, as_=api))
    for reply in answers:
        is_inactive(reply)
    headers = [{name: value for name, value in reply.headers.items() if name != "X-Request-Id"} for reply in answers]
    assert all(found == headers[0] for found in headers)


def test_IN2_token_of_another_issuer_is_inactive(app_with: AppWith, party: MakeParty, api: Credentials) -> None:
    """The same keys and the same database, another name."""
    foreign = app_with(issuer="http://localhost:8001")
    theirs = party_at(foreign)
    token = granted(theirs.authorize().redeem())["access_token"]
    is_active(theirs.introspect(token, as_=api))
    rp = party()
    is_inactive(rp.introspect(token, as_=api))
    assert rp.userinfo(token).status_code == 401


@pytest.mark.parametrize("age", [899, 900, 901, 960])
def test_IN2_token_dies_at_its_exp(
    party: MakeParty, api: Credentials, frozen: time_machine.Traveller, token_format: str, age: int
) -> None:
    """Decision 20 allows 60 s of leeway; this server takes none for its own tokens."""
    rp = party(access_token_format=token_format)
    granted(rp.authorize().redeem())
    frozen.shift(age)
    reply = rp.introspect(as_=api)
    if age < 900:
        is_active(reply)
    else:
        is_inactive(reply)


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(min_size=1, max_size=200).filter(lambda text: "\0" not in text))
def test_IN2_any_string_of_valid_utf8_is_200_and_inactive(machine: Local, api: Credentials, token: str) -> None:
    """Decision 24."""
    try:
        token.encode()
    except UnicodeEncodeError:
        return
    is_inactive(_ask(machine, api, token=token))


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_IN2_good_header_with_any_payload_and_signature_is_inactive(
    signed: str, machine: Local, api: Credentials, data: st.DataObject
) -> None:
    header, payload, signature = signed.split(".")
    piece = st.text(st.characters(codec="utf-8", exclude_characters="\0."), max_size=80)
    other = data.draw(st.sampled_from([(None, piece), (piece, None), (piece, piece)]))
    parts = [old if new is None else data.draw(new) for old, new in zip((payload, signature), other, strict=True)]
    token = ".".join((header, *parts))
    if token != signed:
        is_inactive(_ask(machine, api, token=token))


@pytest.mark.parametrize(
    "token", ["ey" + "A" * 60_000 + "..", "at_" + "A" * 60_000, "rk_live_" + "A" * 60_000, " " * 9]
)
def test_IN2_long_tokens_within_the_body_limit_are_inactive(machine: Local, api: Credentials, token: str) -> None:
    is_inactive(_ask(machine, api, token=token))


@pytest.fixture
def signed(party: MakeParty) -> str:
    """A good JWT access token."""
    token: str = granted(party().authorize().redeem())["access_token"]
    return token


def _flips(token: str) -> list[str]:
    """One bit changed, at every tenth character and at the last ones, where base64 has bits to spare."""
    places = {*range(0, len(token), 10), *range(len(token) - 3, len(token))}
    flips = [f"{token[:at]}{chr(ord(token[at]) ^ bit)}{token[at + 1 :]}" for at in sorted(places) for bit in (1, 2, 4)]
    return [flip for flip in flips if "\0" not in flip]


# -- IN11: what stands behind a token ----------------------------------------------------------------------------------


def _user_disabled(rp: RelyingParty, user: User, now: int) -> None:
    users.change(user.id, disabled_at=now)


def _user_not_before(rp: RelyingParty, user: User, now: int) -> None:
    users.change(user.id, not_before=now + 1)


@pytest.mark.parametrize("end", [_user_disabled, _user_not_before])
def test_IN11_user_ended_makes_tokens_and_keys_inactive(
    house: "House", party: MakeParty, api: Credentials, frozen: time_machine.Traveller, token_format: str,
    end: Callable[..., None],
) -> None:  # fmt: skip
    rp = party(access_token_format=token_format)
    token = granted(rp.authorize().redeem())["access_token"]
    row, key = make_api_key(house, rp.user)
    for good in (token, key):
        is_active(rp.introspect(good, as_=api))
    with within(house):
        end(rp, rp.user, row.created_at)
    for dead in (token, key):
        is_inactive(rp.introspect(dead, as_=api))
        assert rp.userinfo(dead).status_code == 401


@pytest.mark.parametrize("how", ["disabled", "removed", "grants revoked"])
def test_IN11_client_ended_makes_its_tokens_inactive(
    house: "House", party: MakeParty, api: Credentials, token_format: str, how: str
) -> None:
    """Decision 25: at once."""
    rp = party(access_token_format=token_format)
    token = granted(rp.authorize().redeem())["access_token"]
    with within(house):
        if how == "disabled":
            clients.change(rp.client.client_id, disabled_at=1)
        elif how == "removed":
            clients.remove(rp.client.client_id)
        else:
            grants.revoke_of(client_id=rp.client.client_id, because="tests")
    is_inactive(rp.introspect(token, as_=api))
    assert rp.userinfo(token).status_code == 401


def test_IN11_disabled_client_credentials_client(house: "House", machine: Local, api: Credentials) -> None:
    client, secret = make_client(house, type="machine")
    rp = RelyingParty(machine, client, secret)
    token = granted(rp.token(grant_type="client_credentials"))["access_token"]
    is_active(rp.introspect(token, as_=api))
    with within(house):
        clients.change(client.client_id, disabled_at=1)
    is_inactive(rp.introspect(token, as_=api))


def test_IN11_global_not_before_ends_everything_issued_earlier(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller
) -> None:
    app = app_with(database_url=empty_database)
    house: House = app.extensions["authserver.house"]
    server = make_resource_server(house)
    parties = [party_at(app, access_token_format=form) for form in ("jwt", "opaque")]
    tokens = [granted(rp.authorize().redeem())["access_token"] for rp in parties]
    row, key = make_api_key(house, parties[0].user)
    worker = RelyingParty(parties[0].transport, *make_client(house, type="machine"))
    tokens += [granted(worker.token(grant_type="client_credentials"))["access_token"], key]
    for good in tokens:
        is_active(worker.introspect(good, as_=server))
    with within(house):
        installation.bump(row.created_at + 1)
    for dead in tokens:
        is_inactive(worker.introspect(dead, as_=server))
    for rp in parties:
        refuses(rp.refresh(), "invalid_grant")
    frozen.shift(1)
    granted(worker.token(grant_type="client_credentials"))
    is_active(worker.introspect(as_=server))


# -- IN13, and keys bound to addresses ---------------------------------------------------------------------------------


def test_IN13_guesses_are_throttled_and_good_tokens_never(
    house: "House", app: Flask, machine: Local, api: Credentials, owner: User, frozen: time_machine.Traveller
) -> None:
    _, key = make_api_key(house, owner)
    other = make_resource_server(house)
    for number in range(Misses.LIMIT):
        assert _ask(machine, api, token=f"at_{number}").text == INACTIVE
    for number in range(5):
        reply = _ask(machine, api, token=f"at_more{number}")
        refuses(reply, "slow_down", 429)
        assert 1 <= int(reply.headers["Retry-After"]) <= Misses.WINDOW
        is_active(_ask(machine, api, token=key))
    is_inactive(_ask(machine, other, token="at_x"))
    is_active(_ask(machine, other, token=key))
    frozen.shift(int(reply.headers["Retry-After"]))
    is_inactive(_ask(machine, api, token="at_y"))


def test_IN13_a_token_that_was_good_once_is_no_guess(
    house: "House", machine: Local, api: Credentials, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Misses, "LIMIT", 3)
    row, key = make_api_key(house, owner)
    client, secret = make_client(house, type="machine", access_token_format="opaque")
    token = machine.send(
        "POST",
        "/token",
        body=encoded({"grant_type": "client_credentials"}),
        headers={"Content-Type": FORM, "Authorization": basic(client.client_id, secret)},
    ).json["access_token"]
    with within(house):
        api_keys.revoke(row.id, by=owner.id, because="test")
        grants.revoke_of(client_id=client.client_id, because="test")
    for _ in range(10):
        is_inactive(_ask(machine, api, token=key))
        is_inactive(_ask(machine, api, token=token))


def test_IN13_calls_without_authentication_do_not_count_for_anybody(
    app: Flask, machine: Local, api: Credentials
) -> None:
    for number in range(Misses.LIMIT + 5):
        if number % wrong_secrets.PER_CLIENT == 0:  # CA9 counts them for the network that sends them
            stranger = Local(app.test_client())
        refuses(_ask(stranger, (api[0], "wrong"), token=f"at_{number}"), "invalid_client", 401)
    is_inactive(_ask(machine, api, token="at_x"))


@pytest.mark.parametrize(
    ("address", "good"),
    [("203.0.113.7", True), ("203.0.113.255", True), ("2001:db8::1", True), ("203.0.114.1", False), (None, False)],
)
def test_AK7_key_with_an_address_rule_is_active_only_there(
    house: "House", machine: Local, api: Credentials, owner: User, address: str | None, good: bool
) -> None:
    """Decision 27: the resource server says where the key was used."""
    _, key = make_api_key(house, owner, ip_allow=("203.0.113.0/24", "2001:db8::/32"))
    reply = _ask(machine, api, token=key, ip=address)
    if good:
        is_active(reply)
    else:
        is_inactive(reply)


def test_AK7_ordinary_client_learns_nothing_of_keys(house: "House", machine: Local, owner: User) -> None:
    _, key = make_api_key(house, owner)
    is_inactive(_ask(machine, make_client(house, type="machine"), token=key))


def test_XS3_error_texts_hold_no_character_that_the_rfc_forbids(machine: Local, api: Credentials) -> None:
    reply = _ask(machine, api, **{'to"ken\n\u00e9': ["a", "b"]})
    refuses(reply, "invalid_request")
    assert "to?ken??" in reply.json["error_description"]
