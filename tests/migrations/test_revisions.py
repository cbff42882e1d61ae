"""Migrations on both databases: they lead to the tables of the code, one migrator at a time, and keep every row."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import MetaData, String, Text, select

from authserver import composition, factory
from authserver.models import migration, revision, schema
from authserver.models.database import Database, db
from authserver.settings import Settings
from tests.processes import CHECKOUT, environment

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.sql"))
MIGRATORS = 3
PREPARE = "from authserver import composition, factory; composition.prepare(factory.create_app(), migrate=True)"
#: What a later release may do: on SQLite it copies and drops the tables that others refer to.
FURTHER = '''
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{head}"


def upgrade() -> None:
    for table in ("users", "grants", "clients"):
        with op.batch_alter_table(table, recreate="auto") as batch:
            batch.add_column(sa.Column("shoe_size", sa.Integer(), nullable=False, server_default="42"))
            batch.alter_column("created_at", nullable=True)
'''
#: The counters are no state (decision 5): only PostgreSQL keeps them in this database.
COMPARED = {
    "compare_type": True,
    "compare_server_default": True,
    "include_name": lambda name, kind, parents: (kind, name) != ("table", "counters"),
}
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgresql")
        return url
    return f"sqlite:///{tmp_path / 'authserver.db'}"


@contextmanager
def application(url: str, tmp_path: Path, keys_dir: Path) -> Iterator[tuple[Flask, Database, Path]]:
    """An application that has not touched its database, and where its revisions are."""
    settings = Settings(data_dir=tmp_path, keys_dir=keys_dir, database_url=url)
    folders = {"static": factory.PACKAGE / "static", "templates": factory.asset("templates")}
    app = composition.compose(settings, migrations=factory.asset("migrations"), **folders)
    house = app.extensions["authserver.house"]
    try:
        yield app, house.database, house.migrations
    finally:
        house.database.dispose()


@pytest.fixture
def opened(empty: str, tmp_path: Path, keys_dir: Path) -> Iterator[tuple[Flask, Database, Path]]:
    with application(empty, tmp_path, keys_dir) as found:
        yield found


def test_all_revisions_together_make_the_tables_of_the_code(opened: tuple[Flask, Database, Path]) -> None:
    app, database, directory = opened
    assert not revision.is_current(database, directory)
    migration.upgrade(app, database, directory)
    assert revision.is_current(database, directory)
    with database.engine.connect() as connection:
        options = {"compare_type": is_other_type, "compare_server_default": True, "include_object": is_state}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_a_second_upgrade_finds_nothing_to_do(opened: tuple[Flask, Database, Path]) -> None:
    app, database, directory = opened
    migration.upgrade(app, database, directory)
    before = content(database)
    migration.upgrade(app, database, directory)
    assert content(database) == before


def test_FT13_of_several_migrators_at_once_one_runs(empty: str, tmp_path: Path, keys_dir: Path) -> None:
    environ = environment(tmp_path, database=empty, keys_dir=keys_dir)

    def migrate(_: int) -> "subprocess.CompletedProcess[str]":
        call = [sys.executable, "-c", PREPARE]
        return subprocess.run(call, env=environ, cwd=CHECKOUT, capture_output=True, text=True, timeout=120)

    with ThreadPoolExecutor(MIGRATORS) as pool:
        results = list(pool.map(migrate, range(MIGRATORS)))
    assert [result.returncode for result in results] == [0] * MIGRATORS, [result.stderr for result in results]
    with application(empty, tmp_path, keys_dir) as (_, database, directory):
        assert revision.is_current(database, directory)
        rows = content(database)
    assert len(rows["alembic_version"]) == len(rows["installation"]) == 1
    keys = [(key["alg"], key["generation"]) for key in rows["signing_keys"]]
    assert sorted(keys) == sorted({(alg, 1) for alg, _ in keys})


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_rows_of_every_released_revision_survive(golden: Path, opened: tuple[Flask, Database, Path]) -> None:
    app, database, directory = opened
    before = with_golden_rows(app, database, directory, golden)
    migration.upgrade(app, database, directory)
    assert lost(before, content(database)) == []


def test_rows_survive_that_a_table_is_copied(opened: tuple[Flask, Database, Path], tmp_path: Path) -> None:
    app, database, directory = opened
    before = with_golden_rows(app, database, directory, GOLDEN[-1])
    further = tmp_path / "migrations"
    shutil.copytree(directory, further, ignore=shutil.ignore_patterns("__pycache__"))
    next_one = f"{int(revision.head(directory)) + 1:04}"
    text = FURTHER.format(revision=next_one, head=revision.head(directory))
    (further / "versions" / f"{next_one}_shoes.py").write_text(text)
    migration.upgrade(app, database, further)
    after = content(database)
    assert after["alembic_version"] == [{"version_num": next_one}]
    assert {row["shoe_size"] for row in after["users"]} == {42}
    assert lost(before, after) == []


def test_golden_rows_fill_every_table(opened: tuple[Flask, Database, Path]) -> None:
    rows = with_golden_rows(*opened, GOLDEN[-1])
    assert [table for table, found in rows.items() if not found and table != "counters"] == []  # no state


def test_revisions_are_one_chain_and_files_bear_their_names() -> None:
    directory = CHECKOUT / "migrations"
    scripts = ScriptDirectory(str(directory))
    assert scripts.get_heads() == [revision.head(directory)]
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_")


def is_other_type(context: MigrationContext, _: object, __: object, there: object, wanted: object) -> bool | None:
    """None: as Alembic thinks. SQLite does not look at lengths, so a longer text is no reason to copy a table."""
    texts = isinstance(there, String) and isinstance(wanted, String) and not isinstance(wanted, Text)
    return False if texts and context.dialect.name == "sqlite" else None


def is_state(_: object, name: str, kind: str, reflected: bool, other: object) -> bool:
    """Whether it must stand in the metadata: counters are no state, and a table on PostgreSQL only (decision 5)."""
    return not (kind == "table" and name == "counters")


def with_golden_rows(app: Flask, database: Database, directory: Path, golden: Path) -> Rows:
    """Bring the database to the revision that the file is named for, fill it, and tell what it holds."""
    flask_migrate.Migrate(app, db, directory=str(directory), render_as_batch=True)
    with app.app_context():
        flask_migrate.upgrade(directory=str(directory), revision=golden.stem)
    script = golden.read_text(encoding="utf-8")
    if not database.is_sqlite:
        script = script.replace(" AS BLOB)", " AS BYTEA)")
    with database.engine.connect() as connection:
        for statement in filter(str.strip, script.split(";\n")):
            connection.exec_driver_sql(statement)
        connection.commit()
    return content(database)


def content(database: Database) -> Rows:
    """Every row of every table that is there, whatever the code says."""
    metadata = MetaData()
    with database.engine.connect() as connection:
        metadata.reflect(connection)
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def lost(before: Rows, after: Rows) -> list[tuple[str, dict[str, Any]]]:
    """Rows that are not found again with the same values in the columns that are still there."""
    return [
        (table, row)
        for table, rows in before.items()
        if table != "alembic_version"
        for row in rows
        if not any(all(found[name] == row[name] for name in found.keys() & row.keys()) for found in after[table])
    ]
