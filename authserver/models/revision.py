"""Which schema the database has, asked without loading Alembic (decision 39)."""

from pathlib import Path

from sqlalchemy import column, inspect, select, table

from authserver.models.database import Database

_VERSION = table("alembic_version", column("version_num"))


def head(directory: Path) -> str:
    """The newest revision that ships; files are named `<revision>_<slug>.py`, and revisions are counted."""
    return max(path.name.partition("_")[0] for path in (directory / "versions").glob("[0-9]*_*.py"))


def current(database: Database) -> str | None:
    """The revision of the database; None when it is empty."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return None
        revision: str | None = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
        return revision


def is_current(database: Database, directory: Path) -> bool:
    """Whether the database has the newest schema."""
    return current(database) == head(directory)
