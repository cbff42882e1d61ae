"""The introspection endpoint (RFC 7662; cases IN)."""

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
from authserver.oauth.credentials.api_key import checksum
from authserver.oauth.introspection import Misses
from tests.factories import make_api_key, make_client, make_resource_server, make_user, within
from tests.relying_party import FORM, Credentials, Local, RelyingParty, Reply, basic, encoded
from tests.rfc.answers import INACTIVE, is_active, is_inactive, refuses
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty, party_at
from tests.rfc.statements import recorded
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
AppWith = Callable[..., Flask]
Recorded = AbstractContextManager[list[str]]
TOKEN_CLAIMS = {
    "active", "token_type", "token_use", "scope", "client_id", "sub", "username", "iss", "aud", "iat", "exp", "jti",
}  # fmt: skip
KEY_CLAIMS = {
    "active", "token_type", "token_use", "scope", "client_id", "sub", "username", "iss", "aud", "iat", "jti",
    "key_id", "key_name", "environment",
}  # fmt: skip


def _ask(machine: Local, as_: Credentials | None, **fields: Any) -> Reply:
    headers = {"Authorization": basic(as_[0].client_id, as_[1])} if as_ else {}
    return machine.send("POST", "/introspect", body=encoded(fields), headers={"Content-Type": FORM, **headers})


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


@pytest.fixture
def statements(house: "House", monkeypatch: pytest.MonkeyPatch) -> Callable[[], Recorded]:
    """`with statements() as found: ...`: the SQL that ran."""
    return lambda: recorded(house.database, monkeypatch)


# -- section 2.2: the answer -------------------------------------------------------------------------------------------


def test_s2_2_access_token_of_either_format_has_the_same_claims(
    house: "House", party: MakeParty, api: Credentials, frozen: time_machine.Traveller, token_format: str
) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize(scope="openid read:realms").redeem())
    claims = is_active(rp.introspect(as_=api))
    assert set(claims) == TOKEN_CLAIMS
    issuer = house.settings.issuer
    assert claims["aud"] == [issuer, api[0].audience]  # unbound: the issuer and whoever asks
    assert (claims["iss"], claims["sub"], claims["username"]) == (issuer, rp.user.id, rp.user.username)
    assert (claims["token_type"], claims["token_use"]) == ("Bearer", "access_token")
    assert (claims["scope"], claims["client_id"]) == ("openid read:realms", rp.client.client_id)
    assert claims["exp"] - claims["iat"] == 900


def test_s2_2_confidential_client_may_ask_about_its_own_tokens_only(
    house: "House", party: MakeParty, token_format: str
) -> None:
    """Decision 25."""
    rp, other = party(access_token_format=token_format), party()
    granted(rp.authorize().redeem())
    assert is_active(rp.introspect())["aud"] == [house.settings.issuer]
    is_inactive(rp.introspect(as_=(other.client, other.secret)))


# -- IN1: who may ask --------------------------------------------------------------------------------------------------


def test_IN1_without_good_authentication_nothing_is_told(
    house: "House", party: MakeParty, machine: Local, api: Credentials, owner: User, row_counts: RowCounts
) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["access_token"]
    _, key = make_api_key(house, owner)
    public, _ = make_client(house, type="spa")
    before = row_counts()
    answers = []
    for presented in (token, key, "unknown", "at_x", token[:-1]):
        answers += [
            _ask(machine, None, token=presented),
            _ask(machine, (api[0], "wrong"), token=presented),
            _ask(machine, None, token=presented, client_id=public.client_id),
            _ask(machine, None, token=presented, client_id=api[0].client_id),
        ]
    for reply in answers:
        refuses(reply, "invalid_client", 401)
    assert len({reply.text for reply in answers}) == 1
    assert row_counts() == before


def test_IN1_public_client_may_not_ask_about_its_own_token(party: MakeParty, machine: Local) -> None:
    rp = party(method="none")
    token = granted(rp.authorize().redeem())["access_token"]
    refuses(_ask(machine, None, token=token, client_id=rp.client.client_id), "invalid_client", 401)


def test_IN1_disabled_resource_server_is_invalid_client(
    house: "House", party: MakeParty, machine: Local, api: Credentials
) -> None:
    rp = party()
    granted(rp.authorize().redeem())
    with within(house):
        clients.change(api[0].client_id, disabled_at=1)
    refuses(rp.introspect(as_=api), "invalid_client", 401)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_IN1_resource_server_authenticates_by_its_method(house: "House", party: MakeParty, method: str) -> None:
    server = make_resource_server(house, token_endpoint_auth_method=method)
    rp = party()
    granted(rp.authorize().redeem())
    is_active(rp.introspect(as_=server))


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


# -- IN3-IN6 -----------------------------------------------------------------------------------------------------------


def test_IN3_token_missing_or_twice_is_invalid_request(machine: Local, api: Credentials) -> None:
    refuses(_ask(machine, api), "invalid_request")
    refuses(_ask(machine, api, token=""), "invalid_request")
    refuses(_ask(machine, api, token=["a", "b"]), "invalid_request")
    refuses(_ask(machine, api, token=["a", "a"]), "invalid_request")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_IN3_other_methods_are_405(machine: Local, api: Credentials, method: str) -> None:
    headers = {"Authorization": basic(api[0].client_id, api[1])}
    reply = machine.send(method, "/introspect?token=x", body=None, headers=headers)
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "POST"


@pytest.mark.parametrize(("name", "value"), [("cost", "-1"), ("cost", "x"), ("cost", "1.5"), ("cost", "1" * 10)])
def test_IN3_malformed_cost_is_invalid_request(machine: Local, api: Credentials, name: str, value: str) -> None:
    refuses(_ask(machine, api, token="x", **{name: value}), "invalid_request")


@pytest.mark.parametrize("address", ["x", "1.2.3", "1.2.3.4/8", "::g", "1.2.3.4, 5.6.7.8"])
def test_IN3_malformed_ip_is_invalid_request(machine: Local, api: Credentials, address: str) -> None:
    refuses(_ask(machine, api, token="x", ip=address), "invalid_request")


def test_IN4_bound_token_is_active_only_for_its_audience(
    house: "House", party: MakeParty, api: Credentials, token_format: str
) -> None:
    other = make_resource_server(house)
    rp = party(access_token_format=token_format)
    granted(rp.authorize(resource=api[0].audience).redeem())
    assert is_active(rp.introspect(as_=api))["aud"] == [api[0].audience]
    is_inactive(rp.introspect(as_=other))
    assert is_active(rp.introspect())["aud"] == [api[0].audience]  # its own client


def test_IN4_bound_key_is_active_only_for_its_audience(
    house: "House", machine: Local, api: Credentials, owner: User
) -> None:
    other = make_resource_server(house)
    _, key = make_api_key(house, owner, audience=(api[0].audience,))
    assert is_active(_ask(machine, api, token=key))["aud"] == [api[0].audience]
    is_inactive(_ask(machine, other, token=key))


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "api_key", "nonsense", "é"])
def test_IN5_wrong_or_unknown_hint_still_finds_the_token(
    house: "House", party: MakeParty, api: Credentials, owner: User, token_format: str, hint: str
) -> None:
    rp = party(access_token_format=token_format)
    granted(rp.authorize().redeem())
    is_active(rp.introspect(as_=api, token_type_hint=hint))
    _, key = make_api_key(house, owner)
    is_active(rp.introspect(key, as_=api, token_type_hint=hint))


def test_IN6_no_other_kind_of_secret_is_active(party: MakeParty, api: Credentials, row_counts: RowCounts) -> None:
    rp = party()
    tokens = granted(rp.authorize().redeem())
    code = rp.authorize().code
    before = row_counts()
    for as_ in (api, None):
        for token in (tokens["refresh_token"], tokens["id_token"], code, rp.secret, rp.client.client_id):
            is_inactive(rp.introspect(token, as_=as_))
    assert row_counts() == before
    granted(rp.redeem())


# -- IN7-IN9: API keys -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expires_in", [None, 3600])
def test_IN7_live_key_tells_its_facts_and_nothing_secret(
    house: "House", machine: Local, api: Credentials, owner: User, frozen: time_machine.Traveller,
    expires_in: int | None
) -> None:  # fmt: skip
    row, key = make_api_key(house, owner, scopes=("read:realms", "write:realms"), expires_in=expires_in)
    reply = _ask(machine, api, token=key)
    claims = is_active(reply)
    assert set(claims) == KEY_CLAIMS | ({"exp"} if expires_in else set())
    assert (claims["token_type"], claims["token_use"]) == ("Bearer", "api_key")
    assert (claims["client_id"], claims["sub"], claims["username"]) == ("realmkit-api-keys", owner.id, owner.username)
    assert (claims["scope"], claims["environment"]) == ("read:realms write:realms", "live")
    assert (claims["key_id"], claims["jti"], claims["key_name"]) == (row.id, row.id, row.name)
    assert claims["iat"] == row.created_at
    assert claims.get("exp") == (row.created_at + expires_in if expires_in else None)
    assert claims["aud"] == [house.settings.issuer, api[0].audience]
    for secret in (key, key[8:], row.digest, owner.email):
        assert secret not in reply.text


@pytest.mark.parametrize("registered", ["live", "test", "any"])
@pytest.mark.parametrize("environment", ["live", "test"])
def test_IN8_key_is_active_only_where_its_environment_is_accepted(
    house: "House", machine: Local, owner: User, registered: str, environment: str
) -> None:
    server = make_resource_server(house, environment=registered)
    _, key = make_api_key(house, owner, environment=environment)
    reply = _ask(machine, server, token=key)
    if registered in (environment, "any"):
        assert is_active(reply)["environment"] == environment
    else:
        is_inactive(reply)


def test_IN9_bad_checksum_never_reaches_the_keys(
    house: "House", machine: Local, api: Credentials, owner: User, statements: Callable[[], Recorded],
    row_counts: RowCounts,
) -> None:  # fmt: skip
    _, key = make_api_key(house, owner)
    swapped = key.replace("_live_", "_test_")
    wrong = [key[:-1] + ("A" if key[-1] != "A" else "B"), swapped, key[:-1], key + "A", key.upper(), f"{key} "]
    before = row_counts()
    with statements() as found:
        for token in wrong:
            is_inactive(_ask(machine, api, token=token))
    assert not [statement for statement in found if "api_keys" in statement]
    assert len(found) == len(wrong)  # of the caller only
    assert row_counts() == before


def test_IN9_every_introspection_is_one_read_and_no_write(
    house: "House", party: MakeParty, api: Credentials, owner: User, statements: Callable[[], Recorded],
    row_counts: RowCounts, frozen: time_machine.Traveller,
) -> None:  # fmt: skip
    """Decision 15 and law 7."""
    unknown = f"rk_live_{'0' * 26}"
    tokens = [make_api_key(house, owner)[1], unknown + checksum(unknown), "at_" + "A" * 43]
    for form in ("jwt", "opaque"):
        rp = party(access_token_format=form)
        tokens.append(granted(rp.authorize().redeem())["access_token"])
    rp.introspect(tokens[-2], as_=api)  # the keyring reads its keys again every few seconds; the clock stands still
    before = row_counts()
    for token in tokens:
        with statements() as found:
            rp.introspect(token, as_=api)
        assert len(found) == 1, found
        assert found[0].startswith("SELECT")
    assert row_counts() == before


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


def test_IN13_calls_without_authentication_do_not_count_for_anybody(machine: Local, api: Credentials) -> None:
    for number in range(Misses.LIMIT + 5):
        refuses(_ask(machine, (api[0], "wrong"), token=f"at_{number}"), "invalid_client", 401)
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
