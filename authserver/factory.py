"""The way in: `create_app` for WSGI servers, `main` for the console script.

Importing this module loads no application code: the parent of the worker processes stays light (decision 37). What is
put together how stands in `composition`.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from authserver.settings import Settings

PACKAGE = Path(__file__).parent


def asset(name: str) -> Path:
    """A folder that ships with the package: inside it when installed from a wheel, beside it in a checkout."""
    inside = PACKAGE / "_assets" / name
    return inside if inside.exists() else PACKAGE.parent / name


def create_app(settings: "Settings | None" = None, *, prepare: bool = True) -> "Flask":
    """The whole server as one WSGI application, ready to serve. Raises SettingsError naming a bad variable.

    A SQLite database is brought up to date here; on PostgreSQL that is `authserver db upgrade`, and until then every
    request that needs the new schema fails. Without `prepare` the database is not even looked at.
    """
    from authserver import composition

    app = composition.compose(
        settings, static=PACKAGE / "static", templates=asset("templates"), migrations=asset("migrations")
    )
    if prepare and not composition.prepare(app, migrate=app.extensions["authserver.house"].database.is_sqlite):
        logging.getLogger("authserver").warning("the database schema is not current: run `authserver db upgrade`")
    return app


def serve_app() -> "Flask":
    """`create_app` for a worker process of `authserver run`: what waits is delivered from here on."""
    from authserver.outbox import courier, logouts

    app = create_app()
    house = app.extensions["authserver.house"]
    courier.start(house.database, house.settings)
    logouts.start(house.database, house.server.fetcher, house.server.logout_letter)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """The console script `authserver`."""
    from authserver.cli.main import run_command

    return run_command(list(sys.argv[1:] if argv is None else argv), create_app)
