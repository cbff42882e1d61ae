"""Long lists: which part of them the address asks for, and the addresses of its neighbours (AD6)."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import abort, request

from authserver.languages import gettext as _
from authserver.models.listing import Listed, Part, Place

T = TypeVar("T")
ON_A_PAGE = 30
PLACES = ("after", "before")
_PLACE = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_.~-]{1,100})")


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """The rows of one page, and where the pages beside it are."""

    items: list[T]
    newer: str | None
    older: str | None


def part(fields: Collection[str]) -> Part:
    """What the address asks for. 400 for anything else in it than one place and these fields."""
    known = {*fields, *PLACES}
    if any(name not in known or len(values) > 1 for name, values in request.args.lists()):
        abort(400, _("This list cannot be asked for that."))
    if all(name in request.args for name in PLACES):
        abort(400, _("This list cannot be asked for that."))
    places = {name: _place(request.args[name]) for name in PLACES if name in request.args}
    return Part(ON_A_PAGE, after=places.get("after"), before=places.get("before"))


def shown(listed: Listed[T], place_of: Callable[[T], Place]) -> Shown[T]:
    """The rows with links to their neighbours, which keep what was asked."""
    items = listed.items
    newer = _address("before", place_of(items[0])) if items and listed.newer else None
    older = _address("after", place_of(items[-1])) if items and listed.older else None
    return Shown(items, newer or (request.path if listed.newer else None), older)


def _address(name: str, place: Place) -> str:
    asked = {key: value for key, value in request.args.items() if value and key not in PLACES}
    return f"{request.path}?{urlencode({**asked, name: f'{place.at}.{place.id}'})}"


def _place(text: str) -> Place:
    match = _PLACE.fullmatch(text)
    if match is None:
        abort(400, _("This is no place in the list."))
    return Place(int(match[1]), match[2])
