"""What must be delivered later: the table `outbox`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, case, delete, func, select, update

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.rows import add, as_many
from authserver.models.unit_of_work import read, write

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("recipient", String(254), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", BigInteger),
    Index("ix_outbox_sent_at_due_at", "sent_at", "due_at"),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that waits; `due_at` is the next try (epoch seconds)."""

    id: str
    recipient: str
    subject: str
    body: str
    created_at: int
    due_at: int
    attempts: int
    sent_at: int | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Mail that waits, how much of it has failed at least once, since when the oldest waits; when one was last sent."""

    waiting: int
    failing: int
    since: int | None
    last_sent_at: int | None


def post(*, recipient: str, subject: str, body: str) -> None:
    """Queue a message with the transaction that causes it."""
    now = clock.now()
    add(outbox, Mail(opaque.identifier("ml"), recipient, subject, body, now, now, 0, None))


def claim(*, lease: int, limit: int = 10) -> list[Mail]:
    """Messages that are due, each taken by one worker for `lease` seconds."""
    now, c = clock.now(), outbox.c
    due = as_many(Mail, read().execute(select(outbox).where(c.sent_at.is_(None), c.due_at <= now).limit(limit)))
    taken = []
    for mail in due:
        statement = update(outbox).where(c.id == mail.id, c.sent_at.is_(None), c.due_at == mail.due_at)
        if write().execute(statement.values(due_at=now + lease, attempts=mail.attempts + 1)).rowcount == 1:
            taken.append(mail)
    return taken


def sent(mail_id: str) -> None:
    """Delivered: the text, which may hold a link, is forgotten."""
    write().execute(update(outbox).where(outbox.c.id == mail_id).values(sent_at=clock.now(), body=""))


def postpone(mail_id: str, *, due_at: int) -> None:
    """Not delivered: try again later."""
    write().execute(update(outbox).where(outbox.c.id == mail_id, outbox.c.sent_at.is_(None)).values(due_at=due_at))


def drop(mail_id: str) -> None:
    """Not delivered, and given up: the text is forgotten."""
    write().execute(delete(outbox).where(outbox.c.id == mail_id))


def next_due() -> int | None:
    """When the next waiting message is due; None when none waits."""
    due_at: int | None
    due_at = read().execute(select(func.min(outbox.c.due_at)).where(outbox.c.sent_at.is_(None))).scalar_one()
    return due_at


def backlog() -> Backlog:
    """What waits now."""
    c = outbox.c
    # A mail in the hands of a worker has one attempt; the one after it means that the first has failed.
    failing = func.coalesce(func.sum(case((c.attempts > 1, 1), else_=0)), 0)
    columns = (func.count(), failing, func.min(c.created_at))
    waiting, failed, since = read().execute(select(*columns).select_from(outbox).where(c.sent_at.is_(None))).one()
    last = read().execute(select(func.max(c.sent_at)).where(c.recipient != "")).scalar_one()
    return Backlog(waiting, failed, since, last)


def purge(before: int) -> int:
    """Forget messages made before this time."""
    return write().execute(delete(outbox).where(outbox.c.created_at < before)).rowcount
