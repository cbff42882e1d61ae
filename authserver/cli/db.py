"""`authserver db`: the schema of the database."""

import click

from authserver.cli.failures import Findings
from authserver.cli.output import show
from authserver.cli.verb import Noun, Operator
from authserver.cli.work import open_house, translated
from authserver.health.checks import BEHIND
from authserver.models import migration, revision
from authserver.models.unit_of_work import unit_of_work
from authserver.settings import ASYMMETRIC_ALGORITHMS

COMMAND = Noun("db", help="The schema of the database.")


@COMMAND.command("upgrade")
@click.pass_obj
def upgrade(operator: Operator) -> None:
    """Bring the database to the newest schema, and make the signing keys that are missing."""
    with translated():
        house = open_house(prepare=False)
        before = revision.current(house.database)
        migration.upgrade(operator.app, house.database, house.migrations)
        with unit_of_work(house.database) as unit:
            house.server.keyring.ensure(ASYMMETRIC_ALGORITHMS)
            unit.commit()
    show({"revision": revision.head(house.migrations), "before": before})


@COMMAND.command("check")
def check() -> None:
    """Whether the database has the newest schema. Exits 6 when it has not."""
    with translated():
        house = open_house(prepare=False)
        current, head = revision.current(house.database), revision.head(house.migrations)
    show({"current": current == head, "revision": current, "newest": head})
    if current != head:
        raise Findings(BEHIND)
