"""A part of a long list, newest first: found by the place where another part ends, never by its number."""

from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_

from authserver.models.rows import as_many
from authserver.models.unit_of_work import read

T = TypeVar("T")


class Place(NamedTuple):
    """Where one row of a list stands: its time, and its id among those of the same second."""

    at: int
    id: str


@dataclass(frozen=True, slots=True)
class Part:
    """Which part is wanted: at most `limit` rows, after a place (older ones) or before one (newer ones)."""

    limit: int
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The rows of one part, newest first, and whether there are newer and older ones."""

    items: list[T] = field(default_factory=list)
    newer: bool = False
    older: bool = False


def listed(kind: type[T], statement: Select[Any], part: Part, *, at: Any, key: Any) -> Listed[T]:
    """The part of what the statement selects, in the order of the columns `at` (descending) and `key`."""
    backwards = part.before is not None
    place = part.before or part.after
    if place is not None:
        statement = statement.where(beyond(place, backwards=backwards, at=at, key=key))
    order = (at.asc(), key.desc()) if backwards else (at.desc(), key.asc())
    found = as_many(kind, read().execute(statement.order_by(*order).limit(part.limit + 1)))
    more, items = len(found) > part.limit, found[: part.limit]
    if backwards:
        return Listed(items[::-1], newer=more, older=True)
    return Listed(items, newer=place is not None, older=more)


def beyond(place: tuple[int, str], *, at: Any, key: Any, backwards: bool = False) -> ColumnElement[bool]:
    """The rows that follow a place in this order, or `backwards` those that come before it."""
    time, row_id = place
    if backwards:
        return or_(at > time, and_(at == time, key < row_id))
    return or_(at < time, and_(at == time, key > row_id))
