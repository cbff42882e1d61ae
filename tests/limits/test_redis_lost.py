"""RL9, FT4: Redis lost or slow: nobody waits, nobody passes unlimited, and what is not a counter does not notice."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.limits.limiter import PAUSE
from authserver.limits.redis_store import TIMEOUT, RedisCounters
from authserver.models.counters import CountersLost
from tests.factories import make_api_key, make_resource_server, make_user
from tests.gateways.asking import Proxy, in_tier
from tests.limits.stores import RedisServer
from tests.pages.people import Browser
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

pytestmark = pytest.mark.redis
SOON = 10 * TIMEOUT  # seconds; the machine may be busy
AppWith = Callable[..., Flask]


@pytest.fixture
def site(app_with: AppWith, redis_server: RedisServer) -> Flask:
    """The application with its counters in Redis."""
    return app_with(redis_url=redis_server.url)


def seconds(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_RL9_a_lost_redis_is_bounded_said_and_over_soon(site: Flask, house: "House", redis_server: RedisServer) -> None:
    user, _ = make_user(house)
    in_tier(house, user, limit=5)
    _, key = make_api_key(house, user)
    proxy = Proxy(site.test_client())
    assert [proxy.ask(key).remaining for _ in range(3)] == [4, 3, 2]
    redis_server.kill()
    assert seconds(lambda: proxy.ask(key)) < SOON
    answers = [proxy.ask(key) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 4 + [429] * 2, "at most the limit once more"
    assert {answer.headers.get("X-RateLimit-Degraded") for answer in answers} == {"local"}
    server = make_resource_server(house)
    reply = RelyingParty(site.test_client(), *server).introspect(key, as_=server)
    assert reply.headers["X-RateLimit-Degraded"] == "local"
    assert reply.json["rate_limit"]["exceeded"] is True
    redis_server.start()
    began = time.monotonic()
    while "X-RateLimit-Degraded" in (answer := proxy.ask(key)).headers:
        assert time.monotonic() - began < PAUSE + SOON
        time.sleep(0.1)
    assert (answer.status, answer.remaining) == (200, 4), "it has forgotten; a window may be lost"


def test_RL9_guesses_of_passwords_are_counted_in_the_database(
    site: Flask, house: "House", redis_server: RedisServer
) -> None:
    user, _ = make_user(house)
    redis_server.kill()
    at = Browser(site)
    answers = [at.sign_in(user, "wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]


def test_FT4_a_redis_that_hangs_costs_one_request_a_moment(
    site: Flask, house: "House", redis_server: RedisServer
) -> None:
    user, password = make_user(house)
    _, key = make_api_key(house, user)
    proxy = Proxy(site.test_client())
    assert proxy.ask(key).status == 200
    with redis_server.stopped():
        assert TIMEOUT / 2 < seconds(lambda: proxy.ask(key)) < SOON
        assert seconds(lambda: [proxy.ask(key) for _ in range(10)]) < SOON
        assert Browser(site).sign_in(user, password).status_code == 303
        assert proxy.ask(key).headers["X-RateLimit-Degraded"] == "local"


def test_a_count_that_may_have_arrived_is_not_sent_again(redis_server: RedisServer) -> None:
    counters = RedisCounters(redis_server.url)
    spend = {"cost": 1, "limit": 10, "window": 60, "now": 1_795_500_000}
    assert counters.spend("key", **spend)
    with redis_server.stopped(), pytest.raises(CountersLost):
        counters.spend("key", **spend)
    found = counters.look("key", window=60, now=1_795_500_000)
    assert found is not None
    assert found.used <= 2
