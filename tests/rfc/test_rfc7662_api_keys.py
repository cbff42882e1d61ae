"""API keys at introspection (cases IN7-IN9, AK7)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models.users import User
from authserver.oauth.credentials.api_key import checksum
from tests.factories import make_api_key, make_resource_server, make_user
from tests.relying_party import FORM, Credentials, Local, Reply, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive
from tests.rfc.conftest import MakeParty
from tests.rfc.statements import recorded
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
AppWith = Callable[..., Flask]
Recorded = AbstractContextManager[list[str]]
KEY_CLAIMS = {
    "active", "token_type", "token_use", "scope", "client_id", "sub", "username", "iss", "aud", "iat", "jti",
    "key_id", "key_name", "environment",
    "tier", "rate_limit", "cache_ttl",
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
