"""`authserver tiers`: how many requests accounts may make."""

from dataclasses import asdict

import click

from authserver.accounts import tiers
from authserver.accounts.tiers import LONGEST_WINDOW, MOST, BadTier
from authserver.cli.failures import Failure
from authserver.cli.output import show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, work
from authserver.models import tiers as stored
from authserver.models import users

COMMAND = Noun("tiers", help="How many requests accounts may make.")


@COMMAND.command("list")
def list_() -> None:
    """All tiers, smallest first, and how many accounts have each."""
    with work():
        found, counts = stored.every(), users.in_tiers()
    rows = [{**asdict(tier), "users": counts.get(tier.name, 0)} for tier in found]
    show_many(rows, ("name", "limit", "window", "users"))


@COMMAND.command("set")
@click.argument("name")
@click.option("--limit", type=click.IntRange(0, MOST), required=True, help="Requests in a window.")
@click.option("--window", type=click.IntRange(1, LONGEST_WINDOW), help="Seconds.  [default: as it is, or 3600]")
def set_(name: str, limit: int, window: int | None) -> None:
    """Change a tier, or make it. It counts at once, also for windows that are open."""
    with work():
        try:
            tier = tiers.define(name, limit=limit, window=window, actor=ACTOR)
        except BadTier as error:
            raise Failure(str(error)) from None
    show(asdict(tier))
