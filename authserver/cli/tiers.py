"""`authserver tiers`: how many requests accounts may make."""

from dataclasses import asdict

import click

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.failures import Failure
from authserver.cli.output import show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, work
from authserver.models import tiers
from authserver.models.tiers import Tier

LONGEST_NAME = 40
MOST = 1_000_000_000
LONGEST_WINDOW = 31 * 86400
COMMAND = Noun("tiers", help="How many requests accounts may make.")


@COMMAND.command("list")
def list_() -> None:
    """All tiers, smallest first."""
    with work():
        found = tiers.every()
    show_many([asdict(tier) for tier in found], ("name", "limit", "window"))


@COMMAND.command("set")
@click.argument("name")
@click.option("--limit", type=click.IntRange(0, MOST), required=True, help="Requests in a window.")
@click.option("--window", type=click.IntRange(1, LONGEST_WINDOW), help="Seconds.  [default: as it is, or 3600]")
def set_(name: str, limit: int, window: int | None) -> None:
    """Change a tier, or make it. It counts at once, also for windows that are open."""
    with work():
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum() or len(name) > LONGEST_NAME:
            raise Failure(f"A tier's name is at most {LONGEST_NAME} letters, digits, - and _.")
        before = tiers.find(name)
        tier = Tier(name, limit, window or (before.window if before else 3600))
        tiers.put(tier)
        record(Tag.TIER_CHANGED, actor=ACTOR, tier=name, limit=tier.limit, window=tier.window)
    show(asdict(tier))
