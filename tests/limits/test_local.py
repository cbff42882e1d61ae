"""What counts while the store is lost is bounded in memory and forgets what is over first."""

import pytest

from authserver.limits import local
from authserver.limits.local import LocalCounters

NOW = 1_795_500_000


def test_memory_is_bounded_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST", 10)
    counters = LocalCounters()
    for number in range(25):
        assert counters.spend(str(number), cost=1, limit=1, window=60, now=NOW)
    known = [n for n in range(25) if counters.look(str(n), window=60, now=NOW)]
    assert len(known) <= 10
    assert known[-1] == 24


def test_windows_that_are_over_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST", 10)
    counters = LocalCounters()
    for number in range(9):
        counters.spend(f"old {number}", cost=1, limit=1, window=60, now=NOW)
    counters.spend("open", cost=1, limit=1, window=3600, now=NOW)
    counters.spend("new", cost=1, limit=1, window=60, now=NOW + 60)
    assert counters.look("open", window=3600, now=NOW + 60)
    assert counters.purge(NOW + 60) == 0
