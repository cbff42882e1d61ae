"""The way in: `create_app` for WSGI servers, `main` for the console script.

Importing this module loads no application code: the parent of the worker processes stays light (decision 37). What is put together
how stands in `composition`.
"""

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


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The whole server as one WSGI application. Raises SettingsError naming a bad variable."""
    from authserver import composition

    return composition.compose(
        settings, static=PACKAGE / "static", templates=asset("templates"), migrations=asset("migrations")
    )


def create_prepared_app() -> "Flask":
    """The application with its schema up to date (SQLite) and its signing keys made."""
    from authserver import composition

    app = create_app()
    composition.prepare(app, migrate=app.extensions["authserver.house"].database.is_sqlite)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """The console script `authserver`."""
    from authserver.cli.main import run_command

    return run_command(list(sys.argv[1:] if argv is None else argv), create_app)
