"""The revocation endpoint (RFC 7009; cases RV)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.factories import make_api_key, make_client, make_resource_server, make_user
from tests.relying_party import Credentials, Local, RelyingParty, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty, party_at
from tests.rfc.outage import outage
from tests.rfc.parallel import together
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
KINDS = ("access_token", "refresh_token")


def _is_done(reply: Any) -> None:
    """Section 2.2: 200, and nothing in it."""
    assert (reply.status_code, reply.text) == (200, "")
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Both kinds of tokens that clients may revoke."""
    name: str = request.param
    return name


def test_s2_access_token_ends_alone(party: MakeParty, api: Credentials, token_format: str, method: str) -> None:
    rp = party(access_token_format=token_format, method=method)
    first = granted(rp.authorize().redeem())
    second = granted(rp.refresh())
    _is_done(rp.revoke(first["access_token"]))
    is_inactive(rp.introspect(first["access_token"], as_=api))
    assert rp.userinfo(first["access_token"]).status_code == 401
    is_active(rp.introspect(second["access_token"], as_=api))
    granted(rp.refresh())


def test_RV3_refresh_token_ends_its_family_with_the_access_tokens(
    party: MakeParty, api: Credentials, token_format: str, method: str
) -> None:
    rp = party(access_token_format=token_format, method=method)
    first = granted(rp.authorize().redeem())
    second = granted(rp.refresh())
    other = party()
    theirs = granted(other.authorize().redeem())
    _is_done(rp.revoke(second["refresh_token"]))
    for tokens in (first, second):
        is_inactive(rp.introspect(tokens["access_token"], as_=api))
        refuses(rp.refresh(refresh_token=tokens["refresh_token"]), "invalid_grant")
    is_active(rp.introspect(theirs["access_token"], as_=api))


def test_RV3_rotated_out_refresh_token_ends_the_family_too(party: MakeParty, api: Credentials) -> None:
    rp = party()
    first = granted(rp.authorize().redeem())
    second = granted(rp.refresh())
    _is_done(rp.revoke(first["refresh_token"]))
    is_inactive(rp.introspect(second["access_token"], as_=api))
    refuses(rp.refresh(), "invalid_grant")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_s2_1_wrong_hint_still_finds_the_token(
    party: MakeParty, api: Credentials, token_format: str, kind: str, hint: str
) -> None:
    rp = party(access_token_format=token_format)
    tokens = granted(rp.authorize().redeem())
    _is_done(rp.revoke(tokens[kind], token_type_hint=hint))
    is_inactive(rp.introspect(tokens["access_token"], as_=api))


@pytest.mark.parametrize("token", ["unknown", "at_" + "A" * 43, "rt_" + "A" * 43, "ey.ey.ey", "é", "A" * 60_000])
def test_RV1_unknown_token_is_200_and_changes_nothing(party: MakeParty, row_counts: RowCounts, token: str) -> None:
    rp = party()
    before = row_counts()
    _is_done(rp.revoke(token))
    assert row_counts() == before


def test_RV1_other_secrets_are_unknown_tokens(party: MakeParty, row_counts: RowCounts) -> None:
    rp = party()
    tokens = granted(rp.authorize().redeem())
    code = rp.authorize().code
    before = row_counts()
    for other in (tokens["id_token"], code, rp.secret):
        _is_done(rp.revoke(other))
    assert row_counts() == before
    granted(rp.redeem())


def test_RV1_revoked_and_expired_tokens_are_200(party: MakeParty, frozen: Any, token_format: str, kind: str) -> None:
    rp = party(access_token_format=token_format)
    token = granted(rp.authorize().redeem())[kind]
    _is_done(rp.revoke(token))
    _is_done(rp.revoke(token))
    frozen.shift(200 * 86400)
    _is_done(rp.revoke(token))


def test_RV2_token_of_another_client_is_refused_and_stays_good(
    party: MakeParty, api: Credentials, row_counts: RowCounts, token_format: str, kind: str, method: str
) -> None:
    rp, thief = party(access_token_format=token_format), party(method=method)
    tokens = granted(rp.authorize().redeem())
    before = row_counts()
    refuses(thief.revoke(tokens[kind]), "invalid_grant")
    refuses(thief.revoke(tokens[kind], as_=api), "invalid_grant")
    assert row_counts() == before
    is_active(rp.introspect(as_=api))
    granted(rp.refresh())


def test_RV4_without_authentication_is_invalid_client(
    house: "House", party: MakeParty, api: Credentials, row_counts: RowCounts, kind: str
) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())[kind]
    before = row_counts()
    refuses(rp.post("/revoke", {"token": token}, headers={}), "invalid_client", 401)
    refuses(rp.post("/revoke", {"token": token, "client_id": rp.client.client_id}, headers={}), "invalid_client", 401)
    wrong = basic(rp.client.client_id, "wrong")
    refuses(rp.post("/revoke", {"token": token}, headers={"Authorization": wrong}), "invalid_client", 401)
    assert row_counts() == before
    is_active(rp.introspect(as_=api))


def test_RV4_without_token_is_invalid_request(party: MakeParty) -> None:
    rp = party()
    refuses(rp.post("/revoke", {}), "invalid_request")
    refuses(rp.post("/revoke", {"token": ""}), "invalid_request")
    refuses(rp.post("/revoke", {"token": ["a", "b"]}), "invalid_request")


@pytest.mark.parametrize("verb", ["GET", "HEAD", "PUT"])
def test_RV4_other_methods_are_405(machine: Local, verb: str) -> None:
    reply = machine.send(verb, "/revoke?token=x", body=None, headers={})
    assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")


def test_RV4_token_in_the_query_is_refused(party: MakeParty, row_counts: RowCounts) -> None:
    rp = party()
    token = granted(rp.authorize().redeem())["access_token"]
    before = row_counts()
    refuses(rp.post(f"/revoke?{encoded({'token': token})}", {}), "invalid_request")
    assert row_counts() == before


def test_RV5_sixteen_threads_at_once_are_all_200(
    app: Flask, party: MakeParty, api: Credentials, token_format: str, kind: str
) -> None:
    rp = party(access_token_format=token_format)
    tokens = granted(rp.authorize().redeem())

    def revoke() -> Any:
        return RelyingParty(app.test_client(), rp.client, rp.secret).revoke(tokens[kind])

    for reply in together(16, revoke):
        _is_done(reply)
    is_inactive(rp.introspect(tokens["access_token"], as_=api))


def test_RV6_database_away_is_503_and_the_token_lives_on(
    app_with: Callable[..., Flask], empty_database: str, token_format: str, kind: str
) -> None:
    """Never 200: the client would believe the token dead."""
    app = app_with(database_url=empty_database)
    house: House = app.extensions["authserver.house"]
    api, rp = make_resource_server(house), party_at(app, access_token_format=token_format)
    tokens = granted(rp.authorize().redeem())
    is_active(rp.introspect(as_=api))
    with outage(house.database, empty_database):
        refused = [rp.revoke(tokens[kind]), rp.revoke("unknown"), rp.introspect(as_=api), rp.refresh()]
    for reply in refused:
        refuses(reply, "temporarily_unavailable", 503)
        assert int(reply.headers["Retry-After"]) >= 1
    is_active(rp.introspect(as_=api))  # without a restart
    _is_done(rp.revoke(tokens[kind]))
    is_inactive(rp.introspect(tokens["access_token"], as_=api))


@pytest.mark.parametrize("intact", [True, False])
def test_api_keys_are_an_unsupported_token_type(
    house: "House", party: MakeParty, api: Credentials, row_counts: RowCounts, intact: bool
) -> None:
    """Decision 26: keys end at pages, command line and API."""
    rp = party()
    _, key = make_api_key(house, make_user(house)[0])
    before = row_counts()
    refuses(rp.revoke(key if intact else key[:-1]), "unsupported_token_type")
    assert row_counts() == before
    is_active(rp.introspect(key, as_=api))


def test_client_credentials_token_is_revoked_by_its_client(
    house: "House", machine: Local, api: Credentials, token_format: str
) -> None:
    client, secret = make_client(house, type="machine", access_token_format=token_format)
    rp = RelyingParty(machine, client, secret)
    one, other = (granted(rp.token(grant_type="client_credentials"))["access_token"] for _ in range(2))
    _is_done(rp.revoke(one))
    is_inactive(rp.introspect(one, as_=api))
    is_active(rp.introspect(other, as_=api))
