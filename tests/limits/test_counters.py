"""Every store counts alike: what fits is counted, the rest is not; windows begin at the first use (decision 28)."""

import threading

import pytest

from authserver.models.counters import SLACK, Count, Counters
from tests.factories import unique

NOW = 1_795_500_000
HOUR = 3600


def spend(counters: Counters, key: str, cost: int = 1, *, limit: int = 3, window: int = HOUR, now: int = NOW) -> int:
    """How much is used afterwards; 0 when it did not fit."""
    count = counters.spend(key, cost=cost, limit=limit, window=window, now=now)
    return count.used if count is not None else 0


def test_it_counts_up_to_the_limit_and_no_further(counters: Counters) -> None:
    key = unique("key")
    assert [spend(counters, key) for _ in range(5)] == [1, 2, 3, 0, 0]
    assert counters.look(key, window=HOUR, now=NOW) == Count(3, NOW + HOUR)


def test_a_cost_fits_as_a_whole_or_not_at_all(counters: Counters) -> None:
    key = unique("key")
    assert spend(counters, key, 4) == 0
    assert counters.look(key, window=HOUR, now=NOW) is None
    assert [spend(counters, key, cost) for cost in (2, 2, 1, 1)] == [2, 0, 3, 0]


def test_keys_do_not_touch_each_other(counters: Counters) -> None:
    one, other = unique("key"), unique("key")
    assert [spend(counters, key) for key in (one, other, one)] == [1, 1, 2]


def test_the_window_begins_at_the_first_use(counters: Counters) -> None:
    key = unique("key")
    spend(counters, key, now=NOW + 1000)
    spend(counters, key, now=NOW + 1000 + HOUR - 1)
    assert counters.look(key, window=HOUR, now=NOW + 1000 + HOUR - 1) == Count(2, NOW + 1000 + HOUR)
    assert counters.look(key, window=HOUR, now=NOW + 1000 + HOUR) is None
    assert spend(counters, key, now=NOW + 5000 + HOUR) == 1
    assert counters.look(key, window=HOUR, now=NOW + 5000 + HOUR) == Count(1, NOW + 5000 + 2 * HOUR)


@pytest.mark.parametrize("back", [1, SLACK + 1, HOUR - 1, HOUR, 30 * HOUR])
def test_RL9_a_clock_that_goes_back_locks_nobody_for_longer_than_a_window(counters: Counters, back: int) -> None:
    key, now = unique("key"), NOW + 10
    for moment in (NOW, now, now):
        assert spend(counters, key, now=moment)
    early = now - back
    count = counters.look(key, window=HOUR, now=early)
    assert count is None or count.resets_at <= early + HOUR + SLACK
    assert (spend(counters, key, now=early) == 1) == (count is None)
    assert spend(counters, key, now=early + HOUR + SLACK) == 1


def test_RL2_a_request_that_looked_at_the_clock_before_the_window_began_counts_in_it(counters: Counters) -> None:
    key = unique("key")
    assert [spend(counters, key, now=now) for now in (NOW + 1, NOW, NOW + 1, NOW)] == [1, 2, 3, 0]
    assert counters.look(key, window=HOUR, now=NOW) == Count(3, NOW + 1 + HOUR)


def test_RL7_a_changed_limit_or_window_counts_at_once(counters: Counters) -> None:
    key = unique("key")
    assert [spend(counters, key) for _ in range(4)] == [1, 2, 3, 0]
    assert spend(counters, key, limit=4) == 4
    assert spend(counters, key, limit=2) == 0
    assert spend(counters, key, window=60, now=NOW + 1) == 1, "a window longer than it may be now is over"
    assert counters.look(key, window=60, now=NOW + 1) == Count(1, NOW + 61)


def test_a_limit_of_nothing(counters: Counters) -> None:
    key = unique("key")
    assert spend(counters, key, limit=0) == 0
    assert counters.look(key, window=HOUR, now=NOW) is None


def test_purge_forgets_what_is_over_and_nothing_else(counters: Counters) -> None:
    old, new = unique("key"), unique("key")
    spend(counters, old)
    spend(counters, new, now=NOW + 10)
    counters.purge(NOW + HOUR + 5)
    assert counters.look(new, window=HOUR, now=NOW + HOUR + 5) == Count(1, NOW + 10 + HOUR)
    assert counters.look(old, window=HOUR, now=NOW) in (None, Count(1, NOW + HOUR))


def test_many_threads_count_exactly(counters: Counters) -> None:
    key, passed = unique("key"), []

    def run() -> None:
        passed.extend(spend(counters, key, limit=100) for _ in range(25))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(filter(None, passed)) == list(range(1, 101))
