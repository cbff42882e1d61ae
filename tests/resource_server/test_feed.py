"""Answers kept for minutes end within a second of what the feed says; nothing unsigned counts; a lost feed is safe."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey

from authserver.models import users
from authserver.oauth import api_keys
from authserver.resource_server import AuthorizationServer
from authserver.resource_server.access import Access
from authserver.resource_server.cache import LOST, Cache
from authserver.resource_server.feed import Feed
from authserver.resource_server.protection import EXTENSION
from tests.factories import make_api_key, make_resource_server, make_user, within
from tests.processes import RunningServer
from tests.resource_server.asking import ask
from tests.resource_server.conftest import application, configuration
from tests.resource_server.fake_server import GOOD, Asked, FakeServer, claims
from tests.resource_server.test_cache import Clock, clock

__all__ = ["clock"]
KEY = ECKey.generate_key("P-256", parameters={"kid": "k1"}, private=True)


def until(true: Callable[[], bool], within: float = 5) -> bool:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if true():
            return True
        time.sleep(0.02)
    return False


# -- with the real server ----------------------------------------------------------------------------------------------


def test_a_revoked_key_is_refused_within_a_second_although_its_answer_is_kept_for_minutes(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=2)
    house = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url).extensions[
        "authserver.house"
    ]
    owner, _ = make_user(house)
    client, secret = make_resource_server(house)
    named = {"client_id": client.client_id, "client_secret": secret, "audience": client.audience}
    chosen = configuration(server.url, metered=False, follow_revocations=True, **named)
    authority = Counting(chosen)
    app = application(chosen, authority)
    api, feed = app.test_client(), app.extensions[EXTENSION].feed
    try:
        (first, one), (_, two), (_, three) = (make_api_key(house, owner) for _ in range(3))
        assert ask(api, "/realms", one).status_code == 200
        assert until(lambda: feed.alive)
        for key in (one, two, three, two, three, two):
            assert ask(api, "/realms", key).status_code == 200
        assert authority.follows == [False, True, True]
        with within(house):
            api_keys.revoke(first, actor=owner.id, because="tests")
        assert until(lambda: ask(api, "/realms", one).status_code == 401, within=1)
        asked = len(authority.follows)
        assert ask(api, "/realms", two).status_code == 200
        assert len(authority.follows) == asked, "the others are still kept"
        with within(house):
            users.disable(owner.id)
        assert until(lambda: ask(api, "/realms", two).status_code == 401, within=1)
        assert ask(api, "/realms", three).status_code == 401
    finally:
        server.process.terminate()  # which answers whoever waits
        server.wait()
        feed.end()
        authority.close()


class Counting(AuthorizationServer):
    """Remembers how it was asked."""

    def __init__(self, chosen: Any) -> None:
        super().__init__(chosen)
        self.follows: list[bool] = []

    def introspect(self, token: str, *, ip: str | None, cost: int | None, follows: bool = False) -> Access | None:
        self.follows.append(follows)
        return super().introspect(token, ip=ip, cost=cost, follows=follows)


# -- with one that says what it is told --------------------------------------------------------------------------------


class FeedServer:
    """A feed whose next answers are `said`; without any it answers that there is no news, each after a while."""

    def __init__(self, fake: FakeServer) -> None:
        self.fake = fake
        self.key = KEY
        self.issuer, self.audience, self.typ = fake.url, "api", "revocations+jwt"
        self.said: list[dict[str, Any]] = []
        self.up = True
        self.cursors: list[str] = []
        self._others = fake.answer
        fake.answer = self.answer  # type: ignore[method-assign]

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if asked.path == "/.well-known/jwks.json":
            return 200, {}, json.dumps({"keys": [{**KEY.as_dict(private=False), "kid": "k1"}]}).encode()
        if not asked.path.startswith("/revocations"):
            return self._others(asked)
        if not self.up:
            return 503, {}, b""
        self.cursors.append(asked.path.partition("since=")[2].partition("&")[0])
        time.sleep(0.1)
        stated = {"iss": self.issuer, "aud": self.audience, "cursor": f"c{len(self.cursors)}", "events": {}}
        stated |= self.said.pop(0) if self.said else {}
        return 200, {}, jwt.encode({"alg": "ES256", "typ": self.typ, "kid": "k1"}, stated, self.key).encode()


@pytest.fixture
def at(fake: FakeServer) -> FeedServer:
    fake.tokens = {GOOD: claims(cache_ttl=300), "other": claims(cache_ttl=300, key_id="key_2", jti="j2")}
    return FeedServer(fake)


@pytest.fixture
def following(fake: FakeServer) -> Iterator[tuple[FlaskClient, Feed]]:
    chosen = configuration(fake.url, metered=False, follow_revocations=True)
    authority = AuthorizationServer(chosen)
    app = application(chosen, authority)
    feed: Feed = app.extensions[EXTENSION].feed
    yield app.test_client(), feed
    feed.end()
    authority.close()


def asks(fake: FakeServer, api: FlaskClient, token: str = GOOD) -> bool:
    """Whether it takes a question to the server to serve this token."""
    before = len(fake.asked)
    assert ask(api, "/realms", token).status_code == 200
    return len(fake.asked) > before


def test_only_what_is_named_is_dropped(fake: FakeServer, at: FeedServer, following: tuple[FlaskClient, Feed]) -> None:
    api, feed = following
    ask(api, "/realms")
    assert until(lambda: feed.alive)
    ask(api, "/realms", "other")
    assert "follows" in fake.forms[-1]
    at.said.append({"events": {"key_id": ["key_1", "key_9"], "gid": ["g"]}})
    assert until(lambda: not at.said)
    assert until(lambda: asks(fake, api))
    assert not asks(fake, api, "other")
    at.said.append({"events": {"client_id": ["realmkit-api-keys"]}})
    assert until(lambda: not at.said)
    assert until(lambda: asks(fake, api, "other"))


@pytest.mark.parametrize("said", [{"reset": True}, {"events": {"all": ["not_before"]}}])
def test_a_reset_drops_all(
    fake: FakeServer, at: FeedServer, following: tuple[FlaskClient, Feed], said: dict[str, Any]
) -> None:
    api, feed = following
    ask(api, "/realms")
    assert until(lambda: feed.alive)
    for token in (GOOD, "other"):
        ask(api, "/realms", token)
    at.said.append(said)
    assert until(lambda: not at.said and len(at.cursors) > 3)
    assert until(lambda: asks(fake, api, "other"))
    assert asks(fake, api)


def test_it_goes_on_from_its_cursor(at: FeedServer, following: tuple[FlaskClient, Feed]) -> None:
    ask(following[0], "/realms")
    assert until(lambda: len(at.cursors) > 1)
    assert at.cursors[:2] == ["", "c1"]


def test_a_fork_uses_nothing_that_its_parent_has_kept(fake: FakeServer, at: FeedServer) -> None:
    at.up = False
    cache = Cache(entries=10, longest=60, longest_followed=300)
    feed = Feed(configuration(fake.url, metered=False, follow_revocations=True), cache)
    cache.remember("token", good(), ip=None, followed=True)
    feed._process = -1  # that of the parent, which has followed

    feed.begin()
    feed.end()

    assert cache.recall("token", ip=None, followed=True) is None  # it may have ended before the fork is told anything


def test_news_that_are_not_all_make_nothing_safe(at: FeedServer, following: tuple[FlaskClient, Feed]) -> None:
    api, feed = following
    at.said = [{"events": {"gid": ["a"]}, "more": True}] * 10
    ask(api, "/realms")
    assert until(lambda: len(at.cursors) >= 2)
    assert not feed.alive
    assert until(lambda: feed.alive)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ECKey.generate_key("P-256", private=True)},
        {"issuer": "https://other.example"},
        {"audience": "another"},
        {"typ": "at+jwt"},
        {"up": False},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_the_issuer_has_not_signed_for_us_counts_for_nothing(
    fake: FakeServer, at: FeedServer, following: tuple[FlaskClient, Feed], wrong: dict[str, Any]
) -> None:
    for name, value in wrong.items():
        setattr(at, name, value)
    at.said = [{"reset": True}]
    api, feed = following
    ask(api, "/realms")
    time.sleep(0.5)
    assert not feed.alive
    assert not asks(fake, api), "answers are kept as without a feed"
    assert "follows" not in fake.forms[0]


def test_a_metered_api_follows_nothing(fake: FakeServer, at: FeedServer) -> None:
    chosen = configuration(fake.url, follow_revocations=True)
    authority = AuthorizationServer(chosen)
    ask(application(chosen, authority).test_client(), "/realms")
    time.sleep(0.2)
    assert at.cursors == []
    authority.close()


# -- what is kept ------------------------------------------------------------------------------------------------------


def good(**changes: Any) -> Access:
    return Access("api_key", **{"sub": "usr_ada", "cache_ttl": 300, "claims": {"gid": "g1"}, **changes})


def test_without_the_feed_nothing_old_is_used_until_it_is_heard_out_again(clock: Clock) -> None:
    cache, access = Cache(entries=10, longest=60, longest_followed=300), good()
    cache.remember("token", access, ip=None, followed=True)
    clock.now += LOST
    assert cache.recall("token", ip=None) is None
    assert cache.recall("token", ip=None, followed=True) is access
    clock.now += 300 - LOST - 1
    assert cache.recall("token", ip=None, followed=True) is access
    clock.now += 1
    assert cache.recall("token", ip=None, followed=True) is None


def test_an_answer_from_before_the_feed_stays_short(clock: Clock) -> None:
    cache = Cache(entries=10, longest=60, longest_followed=300)
    cache.remember("token", good(), ip=None)
    clock.now += 60
    assert cache.recall("token", ip=None, followed=True) is None


def test_an_answer_that_was_asked_for_before_something_ended_is_not_kept() -> None:
    cache = Cache(entries=10, longest=60, longest_followed=300)
    mark = cache.mark
    cache.drop({"gid": {"g1"}})
    cache.remember("token", good(), ip=None, followed=True, mark=mark)
    assert cache.recall("token", ip=None, followed=True) is None
    cache.remember("token", good(), ip=None, followed=True, mark=cache.mark)
    assert cache.recall("token", ip=None, followed=True)
    cache.clear()
    assert cache.recall("token", ip=None, followed=True) is None
