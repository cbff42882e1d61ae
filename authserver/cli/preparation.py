"""What must be there before anything is served, and what the operator is then told."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from authserver.accounts import setup
from authserver.cli import demo
from authserver.cli.failures import Failure
from authserver.cli.work import quiet
from authserver.health.checks import BEHIND
from authserver.models.revision import is_current
from authserver.models.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from authserver.composition import House


def prepare(create_app: Callable[[], Any], *, with_demo: bool) -> str:
    """Make the demo, or a way in for the first administrator; returns what is to be read once the server answers.

    The application prepares a SQLite file by itself; on PostgreSQL, others may still run the older program.
    """
    with quiet():
        house: House = create_app().extensions["authserver.house"]
    if not is_current(house.database, house.migrations):
        raise Failure(BEHIND)
    with unit_of_work(house.database) as unit:
        text = demo.text(demo.reset(house), house.settings) if with_demo else _invitation(house)
        unit.commit()
    house.database.dispose()
    return text


def _invitation(house: "House") -> str:
    link = setup.issue_link(house.settings)
    if link is None:
        return ""
    return f"Make the first administrator here (the link works once, for 24 hours):\n\n  {link}\n"
