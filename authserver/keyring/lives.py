"""From when until when each signing key signs, and is published."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from authserver.keyring.keyring import LONGEST_LIFE
from authserver.models.signing_keys import SigningKey


@dataclass(frozen=True, slots=True)
class Life:
    """One key and its state; times are epoch seconds, None is not known yet."""

    row: SigningKey
    state: str
    signs_until: int | None
    published_until: int | None


def lives(states: Iterable[tuple[SigningKey, str]]) -> Iterator[Life]:
    """The keys as `Keyring.states` gives them, in the same order."""
    known = list(states)
    rows = [row for row, _ in known]
    for row, state in known:
        followed = _followed(row, rows)
        if row.retired_at is not None:
            signed = row.retired_at if followed is None else min(row.retired_at, followed)
            yield Life(row, state, max(signed, row.activates_at), row.retired_at)
        else:
            yield Life(row, state, followed, None if followed is None else followed + LONGEST_LIFE)


def _followed(row: SigningKey, rows: list[SigningKey]) -> int | None:
    """When the next key of its algorithm took over, or will; one that was retired before its turn never did."""
    turns = [
        other.activates_at
        for other in rows
        if other.alg == row.alg
        and other.generation > row.generation
        and (other.retired_at is None or other.retired_at > other.activates_at)
    ]
    return max(min(turns), row.activates_at) if turns else None
