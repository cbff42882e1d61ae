"""Use over time as bars: 24 hours by the hour, 30 days by the day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from authserver import clock
from authserver.models.key_usage import HOUR, KeyUsage

DAY = 86400
HEIGHT = 100  # of the drawing, whatever its size on the screen
#: Name of the range -> seconds of one bar, how many bars.
RANGES = {"24h": (HOUR, 24), "30d": (DAY, 30)}


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour or one day; `height` and `refused_height` are parts of HEIGHT."""

    at: int
    label: str
    requests: int
    refused: int
    limited: int
    height: int
    refused_height: int

    @property
    def denied(self) -> int:
        """How many were refused for what the key may not."""
        return self.refused - self.limited


@dataclass(frozen=True, slots=True)
class Chart:
    """All bars of a range, oldest first."""

    range: str
    bars: tuple[Bar, ...]
    requests: int
    refused: int
    limited: int
    most: int

    @property
    def denied(self) -> int:
        """How many were refused for what the key may not."""
        return self.refused - self.limited


def since(name: str) -> int:
    """The first second of a range that ends with the present hour or day."""
    step, count = RANGES[name]
    now = clock.now()
    return now - now % step - (count - 1) * step


def chart(name: str, rows: Iterable[KeyUsage]) -> Chart:
    """The bars of what was counted, by UTC."""
    step, count = RANGES[name]
    start = since(name)
    sums = [(0, 0, 0)] * count
    for row in rows:
        place = (row.hour - start) // step
        if 0 <= place < count:
            requests, refused, limited = sums[place]
            sums[place] = (requests + row.requests, refused + row.refused, limited + row.limited)
    most = max(requests for requests, _, _ in sums)
    bars = (_bar(name, start + place * step, counts, most) for place, counts in enumerate(sums))
    total, refused, limited = (sum(counts) for counts in zip(*sums, strict=True))
    return Chart(name, tuple(bars), total, refused, limited, most)


def _bar(name: str, at: int, counts: tuple[int, int, int], most: int) -> Bar:
    return Bar(at, _label(name, at), *counts, _height(counts[0], most), _height(counts[1], most))


def _height(part: int, most: int) -> int:
    """What is there can be seen, however little it is."""
    return max(2, round(HEIGHT * part / most)) if part else 0


def _label(name: str, at: int) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%b, %H:%M}" if name == "24h" else f"{moment.day} {moment:%b}"
