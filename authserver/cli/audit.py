"""`authserver audit`: what was changed, by whom."""

from collections.abc import Callable
from dataclasses import replace

import click

from authserver import clock
from authserver.audit import trail
from authserver.audit.trail import Unclear
from authserver.cli import durations
from authserver.cli.failures import Failure
from authserver.cli.output import show_many
from authserver.cli.verb import Noun
from authserver.cli.work import work
from authserver.models import audit_events
from authserver.models.audit_events import Wanted
from authserver.models.listing import Part

COLUMNS = ("at", "tag", "actor", "user_id", "client_id", "address", "details")
OPTIONS = (
    click.option("--tag", default="", help="Only this kind, such as user.disabled; `user.` is all that begin so."),
    click.option("--actor", metavar="WHO", default="", help="Only what this user, client or `cli` has done."),
    click.option("--user", metavar="USER", default="", help="Only what touches this account."),
    click.option("--client", metavar="ID", default="", help="Only what touches this application."),
    click.option("--since", metavar="DURATION|DAY", default="", help="The last 24h, 90d, ... or from 2030-12-31 on."),
    click.option("--until", metavar="DAY", default="", help="Up to this day, with it."),
)
COMMAND = Noun("audit", help="What was changed, by whom.")


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """The options that choose among events."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@COMMAND.command("tail")
@click.option("-n", "--lines", type=click.IntRange(1, 100_000), default=20, show_default=True)
@choosing
def tail(lines: int, **flags: str) -> None:
    """The newest events, the last one at the end."""
    with work():
        found = audit_events.search(_wanted(**flags), Part(lines)).items
    show_many([trail.document(event) for event in reversed(found)], COLUMNS)


@COMMAND.command("export")
@choosing
def export(**flags: str) -> None:
    """All events, oldest first; `-o jsonl` writes one a line."""
    with work():
        events = (event for part in trail.parts(_wanted(**flags)) for event in part)
        show_many(map(trail.document, events), COLUMNS)


def _wanted(*, since: str, **flags: str) -> Wanted:
    ago = _ago(since)
    try:
        asked = trail.wanted(**flags, since=since if ago is None else "")
    except Unclear as error:
        raise Failure(f"--{error.field}: {error}") from None
    return asked if ago is None else replace(asked, since=clock.now() - ago)


def _ago(text: str) -> int | None:
    """Seconds, when it is a duration and not a day."""
    try:
        return durations.seconds(text)
    except ValueError:
        return None
