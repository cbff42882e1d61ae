"""Kept answers: as long as they say, as long as we allow, until the credential ends, and not too many."""

from typing import Any

import pytest

from authserver.resource_server import cache as module
from authserver.resource_server.access import Access
from authserver.resource_server.cache import Cache


class Clock:
    """Both clocks of the machine, moved by hand."""

    def __init__(self) -> None:
        self.now = 1795500000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now - 10**9


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def good(**changes: Any) -> Access:
    return Access("api_key", **{"sub": "usr_ada", "cache_ttl": 30, **changes})


def kept(cache: Cache, access: Access) -> bool:
    cache.remember("token", access, ip=None)
    return cache.recall("token", ip=None) is access


def test_an_answer_lives_for_its_cache_ttl(clock: Clock) -> None:
    cache = Cache(entries=10, longest=60)
    assert kept(cache, good())
    clock.now += 29
    assert cache.recall("token", ip=None)
    clock.now += 1
    assert cache.recall("token", ip=None) is None


def test_and_no_longer_than_we_allow(clock: Clock) -> None:
    cache = Cache(entries=10, longest=5)
    assert kept(cache, good(cache_ttl=10**9))
    clock.now += 5
    assert cache.recall("token", ip=None) is None


def test_and_no_longer_than_the_credential(clock: Clock) -> None:
    cache = Cache(entries=10, longest=60)
    now = int(clock.now)
    assert kept(cache, good(expires_at=now + 10))
    clock.now += 10
    assert cache.recall("token", ip=None) is None
    assert not kept(cache, good(expires_at=now + 10))


@pytest.mark.parametrize(("entries", "longest", "ttl"), [(10, 60, 0), (10, 0, 30), (0, 60, 30)])
def test_0_means_never(entries: int, longest: int, ttl: int) -> None:
    assert not kept(Cache(entries=entries, longest=longest), good(cache_ttl=ttl))


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache = Cache(entries=2, longest=60)
    for name in ("a", "b"):
        cache.remember(name, good(), ip=None)
    cache.recall("a", ip=None)
    cache.remember("c", good(), ip=None)
    assert [cache.recall(name, ip=None) is not None for name in ("a", "b", "c")] == [True, False, True]


def test_no_token_is_kept() -> None:
    cache = Cache(entries=2, longest=60)
    assert kept(cache, good())
    assert b"token" not in b"".join(cache._kept)
