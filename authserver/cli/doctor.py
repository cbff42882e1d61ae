"""`authserver doctor`: look whether everything is in order."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from authserver.cli.failures import Failure, Findings
from authserver.cli.output import show_many
from authserver.cli.verb import Verb
from authserver.cli.work import open_house, translated
from authserver.health import checks
from authserver.health.checks import CHECKS, Finding, Installation
from authserver.models.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from authserver.composition import House

COLUMNS = ("check", "ok", "detail")


@click.command("doctor", cls=Verb)
def doctor() -> None:
    """Look at settings, database, schema, keys, clock, counters and mail. Exits 6 when something is not in order."""
    findings = list(examine())
    show_many(map(asdict, findings), COLUMNS)
    if not all(finding.ok for finding in findings):
        raise Findings("Not everything is in order.")


def examine() -> Iterator[Finding]:
    """Every check in turn; what cannot be looked at because of an earlier trouble is left out."""
    try:
        with translated():
            house = open_house(prepare=False)
    except Failure as failure:
        yield Finding("settings", False, str(failure))
        return
    yield Finding("settings", True, f"issuer {house.settings.issuer}")
    installation = _installation(house)
    for check in CHECKS:
        with unit_of_work(house.database):  # each of its own: one that has failed must not spoil the next
            finding = checks.examine(check, installation)
        yield finding
        if check.vital and not finding.ok:
            return


def _installation(house: "House") -> Installation:
    server = house.server
    return Installation(house.settings, house.database, house.migrations, server.keyring, server.limiter)


COMMAND = doctor
