"""Limits as callers meet them at the gateway and resource servers at `/introspect` (RL1, RL3-RL8, RL10)."""

import re
import sqlite3
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import argon2
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver.models import api_keys, tiers, users
from authserver.models.tiers import Tier
from authserver.models.users import User
from tests.factories import make_api_key, make_client, make_resource_server, make_user, within
from tests.gateways.asking import AUTH, Asked, Proxy, in_tier
from tests.pages.people import Browser
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

ANONYMOUS = "anonymous=allow"
SHIPPED = {"anonymous": 100, "standard": 1000, "premium": 5000}


def spend(house: "House", http: FlaskClient, key: str, cost: int) -> dict[str, Any]:
    """Through a resource server; what it is told of the limit."""
    server = make_resource_server(house)
    found: dict[str, Any] = RelyingParty(http, *server).introspect(key, as_=server, cost=cost).json["rate_limit"]
    return found


def refused(asked: Asked, tier: str, limit: int, window: int = 3600) -> None:
    """429 by the book."""
    assert asked.status == 429
    assert 1 <= int(asked.headers["Retry-After"]) <= window
    assert asked.headers["RateLimit-Policy"] == f'"{tier}";q={limit};w={window}'
    match = re.fullmatch(rf'"{tier}";r=0;t=(\d+)', asked.headers["RateLimit"])
    assert match
    assert int(match[1]) <= int(asked.headers["Retry-After"])
    assert (asked.headers["X-RateLimit-Limit"], asked.remaining) == (str(limit), 0)
    assert asked.problem["violated-policies"] == [tier]
    assert asked.challenge is None


@pytest.mark.parametrize("tier", ["standard", "premium"])
def test_RL1_the_last_request_passes_and_the_next_does_not(
    house: "House", http: FlaskClient, proxy: Proxy, tier: str
) -> None:
    limit = SHIPPED[tier]
    user, _ = make_user(house, tier=tier)
    _, key = make_api_key(house, user)
    assert spend(house, http, key, limit - 1)["remaining"] == 1
    last = proxy.ask(key)
    assert (last.status, last.remaining) == (200, 0)
    refused(proxy.ask(key), tier, limit)
    assert spend(house, http, key, 0) == {
        "limit": limit,
        "window": 3600,
        "remaining": 0,
        "reset": pytest.approx(3600, abs=30),
        "exceeded": True,
    }


def test_RL1_without_a_key_one_hundred(proxy: Proxy) -> None:
    answers = [proxy.ask(query=ANONYMOUS) for _ in range(101)]
    assert [answer.status for answer in answers] == [200] * 100 + [429]
    assert [answer.remaining for answer in answers] == [*range(99, -1, -1), 0]
    refused(answers[-1], "anonymous", 100)


def test_RL3_two_adjacent_windows_hold_at_most_twice_the_limit(
    house: "House", user: User, proxy: Proxy, frozen: time_machine.Traveller
) -> None:
    tier = in_tier(house, user, limit=5)
    _, key = make_api_key(house, user)
    assert proxy.ask(key).status == 200, "the window begins here"
    frozen.shift(3599)
    assert [proxy.ask(key).status for _ in range(5)] == [200] * 4 + [429]
    over = proxy.ask(key)
    assert (over.headers["Retry-After"], over.headers["RateLimit"]) == ("1", f'"{tier.name}";r=0;t=1')
    frozen.shift(1)
    assert [proxy.ask(key).status for _ in range(6)] == [200] * 5 + [429]
    refused(proxy.ask(key), tier.name, 5)


def test_RL4_forwarded_headers_of_strangers_mean_nothing(http: FlaskClient, proxy: Proxy) -> None:
    for number in range(100):
        address = f"203.0.113.{number}"
        forged = {
            "X-Forwarded-For": address,
            "X-Real-IP": address,
            "Forwarded": f"for={address}",
            "CF-Connecting-IP": address,
            "True-Client-IP": address,
            "X-Forwarded-Host": f"{number}.example",
        }
        assert proxy.ask(query=ANONYMOUS, headers=forged).remaining == 99 - number
    assert proxy.ask(query=ANONYMOUS, headers={"X-Forwarded-For": "198.51.100.1"}).status == 429


def test_RL4_an_ipv6_network_is_one_caller(http: FlaskClient) -> None:
    network = "2001:db8:7:9"
    for number in range(100):
        assert Proxy(http, f"{network}:{number:x}::{number:x}").ask(query=ANONYMOUS).status == 200
    assert Proxy(http, f"{network}:ffff::1").ask(query=ANONYMOUS).status == 429
    assert Proxy(http, "2001:db8:7:a::1").ask(query=ANONYMOUS).remaining == 99
    assert Proxy(http, "::ffff:100.127.9.9").ask(query=ANONYMOUS).remaining == 99
    assert Proxy(http, "100.127.9.9").ask(query=ANONYMOUS).remaining == 98


def test_RL5_an_invalid_key_counts_on_its_address_and_on_no_key(
    house: "House", user: User, http: FlaskClient, proxy: Proxy
) -> None:
    _, key = make_api_key(house, user)
    row, revoked = make_api_key(house, user)
    with within(house):
        api_keys.revoke(row.id, by="tests", because="test")
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    guesses = (wrong, revoked, "nonsense", "ey.ey.ey")
    for number in range(100):
        asked = proxy.ask(guesses[number % 4])
        assert (asked.status, asked.remaining, asked.who("Tier")) == (401, 99 - number, "anonymous")
    refused(proxy.ask(wrong), "anonymous", 100)
    assert proxy.ask(query=ANONYMOUS).status == 429, "the same bucket"
    assert proxy.ask(key).remaining == 999, "a good key from there is not held back"


def test_RL6_a_refusal_writes_nothing_and_hashes_no_password(
    house: "House", user: User, proxy: Proxy, row_counts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_tier(house, user, limit=1)
    _, key = make_api_key(house, user)
    assert proxy.ask(key).status == 200
    monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *_: pytest.fail("a password was hashed"))
    monkeypatch.setattr(argon2.PasswordHasher, "hash", lambda *_: pytest.fail("a password was hashed"))
    before, counted = row_counts(), counters_of(house)
    for _ in range(20):
        assert proxy.ask(key).status == 429
    assert row_counts() == before
    assert counters_of(house) == counted


def counters_of(house: "House") -> object:
    """The counters as they are stored, and when they were last written."""
    if not house.database.is_sqlite:
        with house.database.engine.connect() as connection:
            return connection.exec_driver_sql("SELECT key, used, resets_at, xmin FROM counters ORDER BY key").all()
    path = house.settings.data_dir / "counters.db"
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT * FROM counters ORDER BY key").fetchall()
    connection.close()
    log = path.with_name("counters.db-wal").stat()  # not read: closing it would drop the locks of this process
    return rows, log.st_size, log.st_mtime_ns


def test_RL7_another_tier_and_another_limit_count_at_once(
    house: "House", user: User, http: FlaskClient, proxy: Proxy
) -> None:
    _, key = make_api_key(house, user)
    assert spend(house, http, key, 1000)["exceeded"] is False
    assert proxy.ask(key).status == 429
    with within(house):
        users.change(user.id, tier="premium")
    asked = proxy.ask(key)
    assert (asked.status, asked.remaining, asked.who("Tier")) == (200, 3999, "premium")
    tier = in_tier(house, user, limit=1002)
    assert proxy.ask(key).remaining == 0
    refused(proxy.ask(key), tier.name, 1002)
    with within(house):
        tiers.put(Tier(tier.name, 1004, 3600))
    assert proxy.ask(key).remaining == 1


def test_RL7_a_shorter_window_counts_at_once(house: "House", user: User, proxy: Proxy) -> None:
    tier = in_tier(house, user, limit=1)
    _, key = make_api_key(house, user)
    assert [proxy.ask(key).status for _ in range(2)] == [200, 429]
    with within(house):
        tiers.put(Tier(tier.name, 1, 60))
    assert proxy.ask(key).status == 200
    refused(proxy.ask(key), tier.name, 1, 60)


def test_RL8_all_credentials_of_an_account_share_its_limit(
    app: Flask, house: "House", http: FlaskClient, proxy: Proxy
) -> None:
    user, password = make_user(house)
    at = Browser(app)
    at.sign_in(user, password)
    party = RelyingParty(app.test_client(), *make_client(house, trusted=True))
    party.sign_in(user, password).authorize().redeem()
    credentials = (
        make_api_key(house, user)[1],
        make_api_key(house, user, environment="test")[1],
        at.get("/settings/session-token/current").json["session_token"],
        party.tokens["access_token"],
    )
    assert [proxy.ask(credential).remaining for credential in credentials] == [999, 998, 997, 996]
    assert Proxy(http).ask(credentials[0]).remaining == 995, "from wherever it comes"


def test_RL8_a_client_that_acts_for_itself_is_its_own_account(
    house: "House", user: User, http: FlaskClient, proxy: Proxy
) -> None:
    client, secret = make_client(
        house, owner=user, type="machine", grant_types=["client_credentials"], scope="read:realms"
    )
    _, key = make_api_key(house, user)
    basic = b64encode(f"{client.client_id}:{secret}".encode()).decode()
    answer = http.post("/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"})
    token = answer.json["access_token"]
    assert [proxy.ask(credential).remaining for credential in (key, token, token)] == [999, 999, 998]
    assert proxy.ask(token).who("User") == client.client_id


def test_RL10_what_everybody_needs_is_never_limited(http: FlaskClient, proxy: Proxy) -> None:
    for _ in range(101):
        last = proxy.ask(query=ANONYMOUS)
    assert last.status == 429
    paths = (
        "/healthz",
        "/readyz",
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    )
    for path in paths:
        for _ in range(30):
            assert http.get(path, environ_overrides={"REMOTE_ADDR": proxy.address}).status_code == 200


def test_a_clock_that_goes_back_an_hour_is_no_500_and_no_longer_lock(
    house: "House", user: User, proxy: Proxy, frozen: time_machine.Traveller
) -> None:
    in_tier(house, user, limit=1)
    _, key = make_api_key(house, user)
    assert [proxy.ask(key).status for _ in range(2)] == [200, 429]
    frozen.shift(-3600)
    assert [proxy.ask(key).status for _ in range(2)] == [200, 429]
    frozen.shift(3600)
    assert proxy.ask(key).status == 200


def test_the_gateway_is_asked_on_its_own_path(http: FlaskClient) -> None:
    assert http.get(AUTH, environ_overrides={"REMOTE_ADDR": ""}).status_code == 401
    assert Proxy(http, "unix:").ask(query=ANONYMOUS).status == 200
