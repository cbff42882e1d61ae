"""`authserver audit`: what was changed, by whom."""

from collections.abc import Iterator
from typing import Any

import click

from authserver import clock
from authserver.cli.durations import Duration
from authserver.cli.output import show_many
from authserver.cli.verb import Noun
from authserver.cli.work import user_named, work
from authserver.models import audit_events
from authserver.models.audit_events import AuditEvent

COLUMNS = ("at", "tag", "actor", "user_id", "client_id", "address", "details")
PAGE = 1000
COMMAND = Noun("audit", help="What was changed, by whom.")


@COMMAND.command("tail")
@click.option("-n", "--lines", type=click.IntRange(1, 100_000), default=20, show_default=True)
@click.option("--user", metavar="USER", help="Only what touches this account.")
def tail(lines: int, user: str | None) -> None:
    """The newest events, the last one at the end."""
    with work():
        user_id = user_named(user).id if user is not None else None
        found = audit_events.latest(limit=lines, user_id=user_id)
    show_many([_document(event) for event in reversed(found)], COLUMNS)


@COMMAND.command("export")
@click.option("--since", type=Duration(), metavar="DURATION", help="Only the last 24h, 90d, ...  [default: all]")
def export(since: int | None) -> None:
    """All events, oldest first; `-o jsonl` writes one a line."""
    start = 0 if since is None else clock.now() - since
    with work():
        show_many(map(_document, _events(start)), COLUMNS)


def _events(start: int) -> Iterator[AuditEvent]:
    """In pages: an export need not fit into memory."""
    at, event_id = start, ""
    while page := audit_events.following(at, event_id, limit=PAGE):
        yield from page
        at, event_id = page[-1].at, page[-1].id


def _document(event: AuditEvent) -> dict[str, Any]:
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
