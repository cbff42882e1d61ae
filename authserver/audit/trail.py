"""Reading what was written: which events can be asked for, and each as a document."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from authserver.audit.tags import Tag
from authserver.models import audit_events, users
from authserver.models.audit_events import AuditEvent, Wanted

DAY = 86400
LONGEST = 254
PART = 500
#: All tags, and the beginnings that several of them share.
TAGS = tuple(sorted({tag.value for tag in Tag} | {tag.value.partition(".")[0] + "." for tag in Tag}))


class Unclear(Exception):
    """Something that cannot be asked for: `field` names it, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def wanted(
    *, tag: str = "", actor: str = "", user: str = "", client: str = "", since: str = "", until: str = ""
) -> Wanted:
    """The question in typed words; an empty one is not asked. Days are UTC, the last one counts. Raises Unclear."""
    if tag and tag not in TAGS:
        raise Unclear("tag", "There is no such event.")
    last = _day("until", until)
    return Wanted(
        tag=tag or None,
        actor=_actor(actor),
        user_id=_user(user),
        client_id=_text("client", client),
        since=_day("since", since),
        until=None if last is None else last + DAY,
    )


def parts(asked: Wanted, *, most: int | None = None) -> Iterator[list[AuditEvent]]:
    """The events, oldest first, at most so many, in parts: they need not fit into memory."""
    at, event_id, left = 0, "", most
    while left is None or left > 0:
        limit = PART if left is None else min(PART, left)
        found = audit_events.following(at, event_id, limit=limit, wanted=asked)
        if not found:
            return
        yield found
        at, event_id = found[-1].at, found[-1].id
        left = None if left is None else left - len(found)


def document(event: AuditEvent) -> dict[str, Any]:
    """As it is exported."""
    return {
        "id": event.id,
        "at": event.at,
        "tag": event.tag,
        "actor": event.actor,
        "user_id": event.user_id,
        "client_id": event.client_id,
        "address": event.address,
        "details": event.details,
    }


def _actor(text: str) -> str | None:
    """A person by any of their names; anything else, such as a client or `cli`, as it stands there."""
    name = _text("actor", text)
    person = users.find_by_login(name) if name is not None else None
    return name if person is None else person.id


def _user(text: str) -> str | None:
    name = _text("user", text)
    if name is None:
        return None
    person = users.find(name) or users.find_by_login(name)
    if person is None:
        raise Unclear("user", "There is no account of this name.")
    return person.id


def _text(field: str, text: str) -> str | None:
    found = text.strip()
    if len(found) > LONGEST or not found.isprintable():
        raise Unclear(field, f"This has at most {LONGEST} visible characters.")
    return found or None


def _day(field: str, text: str) -> int | None:
    """The first second of a day."""
    if not text:
        return None
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise Unclear(field, "Write the day as year-month-day, such as 2030-12-31.") from None
