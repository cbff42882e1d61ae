"""The revocation feed: what has ended since a cursor, for resource servers that keep answers of `/introspect`.

An event means: what an answer said of this may be true no more, so drop it and ask again. It does not say that the
thing is over for good: of a grant only a scope may have been taken back.
"""

import re
from dataclasses import dataclass
from typing import Any

from authserver import clock
from authserver.models import revocations
from authserver.oauth.errors import Cause, InvalidRequestError
from authserver.oauth.request import CHECK

#: Seconds that an answer may be kept by who follows the feed; who does not, keeps it for `introspection.CACHE_TTL`.
CACHE_TTL = 300
#: Seconds that a cursor is taken. Longer than any answer is kept, so who comes later has nothing left to lose.
KEPT = 3600
LONGEST_WAIT = 30
#: Names of one answer; the next one goes on after them.
MOST = 1000
TYP = "revocations+jwt"
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far somebody has read, and when."""

    number: int
    at: int

    def __str__(self) -> str:
        return f"{self.number}-{self.at}"


@dataclass(frozen=True, slots=True)
class News:
    """Names of what has ended by kind, and from where to read on, at once if there is `more`.

    After a `reset` nothing kept may be used again.
    """

    cursor: Cursor
    events: dict[str, list[str]]
    reset: bool = False
    more: bool = False

    def __bool__(self) -> bool:
        return self.reset or bool(self.events)

    def document(self) -> dict[str, Any]:
        """The claims of the answer."""
        flags = {name: True for name in ("reset", "more") if getattr(self, name)}
        return {"cursor": str(self.cursor), "events": self.events, **flags}


def read(cursor: str | None) -> Cursor | None:
    """The cursor of an earlier answer. Raises invalid_request."""
    if cursor is None:
        return None
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        cause = Cause("feed_cursor", CHECK, received=cursor)
        raise InvalidRequestError("since must be the cursor of an earlier answer.", cause)
    return Cursor(int(match[1]), int(match[2]))


def seconds(wait: str | None) -> int:
    """How long the answer may wait for news. Raises invalid_request."""
    if wait is None:
        return 0
    if not (wait.isascii() and wait.isdigit() and len(wait) <= 2 and int(wait) <= LONGEST_WAIT):
        cause = Cause("feed_wait", CHECK, expected=f"0 to {LONGEST_WAIT}", received=wait)
        raise InvalidRequestError(f"wait must be a number of seconds, at most {LONGEST_WAIT}.", cause)
    return int(wait)


def after(cursor: Cursor | None) -> News:
    """What was noted since. Without a cursor: from where to begin."""
    now, newest = clock.now(), revocations.newest()
    if cursor is None:
        return News(Cursor(newest, now), {})
    # Too old: some of it may be forgotten. Too new: the database is an older one, brought back from a backup.
    if cursor.at < now - KEPT or cursor.number > newest:
        return News(Cursor(newest, now), {}, reset=True)
    found = revocations.after(cursor.number, limit=MOST)
    ended = dict.fromkeys(pair for one in found for pair in revocations.ended_with(one))  # each once
    if len(ended) > MOST:  # shorter to ask again for all
        return News(Cursor(newest, now), {}, reset=True)
    events: dict[str, list[str]] = {}
    for kind, name in ended:
        events.setdefault(kind, []).append(name)
    return News(Cursor(found[-1].id if found else cursor.number, now), events, more=len(found) == MOST)


def has_news(cursor: Cursor) -> bool:
    """Whether it is worth asking again: one hot read."""
    return revocations.newest() > cursor.number
