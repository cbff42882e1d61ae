"""The limiter: allowances as people read them, and what it does while the counters are lost (RL9)."""

import pytest
import time_machine

from authserver.limits import limiter as limits
from authserver.limits.addresses import account_of, known, network
from authserver.limits.headers import headers, retry_after
from authserver.limits.limiter import Allowance, Limiter
from authserver.limits.local import LocalCounters
from authserver.models.counters import Count, CountersLost
from authserver.models.tiers import Tier

TIER = Tier("small", 3, 60)


class Flaky(LocalCounters):
    """A store that can be lost; counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.lost, self.asked = False, 0

    def spend(self, key: str, *, cost: int, limit: int, window: int, now: int) -> Count | None:
        self.asked += 1
        if self.lost:
            raise CountersLost("gone")
        return super().spend(key, cost=cost, limit=limit, window=window, now=now)


def test_an_allowance_counts_down_to_a_refusal(frozen: time_machine.Traveller) -> None:
    limiter = Limiter(LocalCounters())
    assert limiter.spend("a", TIER, 0) == Allowance(3, 60, 3, 60, False)
    assert limiter.spend("a", TIER, 2) == Allowance(3, 60, 1, 60, False)
    frozen.shift(20)
    assert limiter.spend("a", TIER, 2) == Allowance(3, 60, 1, 40, True), "spends nothing"
    assert limiter.spend("a", TIER, 1) == Allowance(3, 60, 0, 40, False)
    assert limiter.spend("a", TIER, 0) == Allowance(3, 60, 0, 40, True), "nothing remains"
    frozen.shift(40)
    assert limiter.spend("a", TIER, 1) == Allowance(3, 60, 2, 60, False)


def test_a_lowered_limit_leaves_nothing_rather_than_less(frozen: time_machine.Traveller) -> None:
    limiter = Limiter(LocalCounters())
    limiter.spend("a", TIER, 3)
    assert limiter.spend("a", Tier("small", 1, 60), 0) == Allowance(1, 60, 0, 60, True)


def test_RL9_a_lost_store_is_replaced_bounded_and_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 0.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: moment)
    store = Flaky()
    limiter = Limiter(store)
    assert not limiter.spend("a", TIER, 1).degraded
    store.lost = True
    answers = [limiter.spend("a", TIER, 1) for _ in range(5)]
    assert [(answer.exceeded, answer.degraded) for answer in answers] == [(False, True)] * 3 + [(True, True)] * 2
    assert store.asked == 2, "a lost store must not slow every request"
    moment += limits.PAUSE
    limiter.spend("b", TIER, 1)
    assert store.asked == 3, "one request tries"
    store.lost = False
    assert limiter.spend("b", TIER, 1).degraded
    moment += limits.PAUSE
    assert limiter.spend("a", TIER, 1) == Allowance(3, 60, 1, 60, False)
    assert not limiter.spend("a", TIER, 1).degraded


def test_RL9_only_one_request_waits_for_a_lost_store(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 0.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: moment)
    store = Flaky()
    limiter = Limiter(store)
    store.lost = True
    limiter.spend("a", TIER, 1)
    moment += limits.PAUSE
    inside: list[bool] = []

    def slow(*_: object, **__: object) -> Count | None:
        inside.append(limiter.spend("b", TIER, 1).degraded)  # another request, while the first one waits
        raise CountersLost("still gone")

    monkeypatch.setattr(store, "spend", slow)
    limiter.spend("a", TIER, 1)
    assert inside == [True]


def test_headers_of_both_families(frozen: time_machine.Traveller) -> None:
    frozen.move_to(1_795_500_000)
    allowance = Allowance(limit=1000, window=3600, remaining=12, reset=1800, exceeded=False)
    assert headers("standard", allowance) == [
        ("RateLimit-Policy", '"standard";q=1000;w=3600'),
        ("RateLimit", '"standard";r=12;t=1800'),
        ("X-RateLimit-Limit", "1000"),
        ("X-RateLimit-Remaining", "12"),
        ("X-RateLimit-Used", "988"),
        ("X-RateLimit-Reset", "1795501800"),
    ]
    assert retry_after(allowance) == ("Retry-After", "1800")
    degraded = Allowance(1000, 3600, 12, 1800, exceeded=False, degraded=True)
    assert headers("standard", degraded)[-1] == ("X-RateLimit-Degraded", "local")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_RL4_networks(address: str, expected: str) -> None:
    assert network(address) == expected
    assert account_of(address) == f"address:{expected}"


def test_addresses_as_they_are_written() -> None:
    assert known("::ffff:203.0.113.7") == "203.0.113.7"
    assert known("2001:DB8::0") == "2001:db8::"
    assert [known(text) for text in ("", "unix:", "203.0.113.7:80", "localhost", "1.2.3")] == [None] * 5
