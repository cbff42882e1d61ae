"""Administrators, and a server whose only administrator they are."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.cli.conftest import Cli, bare_cli, cli, environ, own_log
from tests.pages.admin.administrators import Administrator

if TYPE_CHECKING:
    from authserver.composition import House

__all__ = ["administrator", "alone", "bare_cli", "cli", "own_log"]


@pytest.fixture
def administrator(app: Flask) -> Administrator:
    """Signed in; others administer this server too."""
    return Administrator(app)


@pytest.fixture
def alone(app_with: Callable[..., Flask], empty_database: str, tmp_path: Path) -> Administrator:
    """The only administrator of a server of their own: `alone.app`."""
    return Administrator(app_with(database_url=empty_database, data_dir=tmp_path))


@pytest.fixture
def own_cli(alone: Administrator, bare_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on that server's database."""
    house: House = alone.app.extensions["authserver.house"]
    settings = house.settings
    environ(monkeypatch, data_dir=settings.data_dir, keys_dir=settings.keys_dir, database_url=settings.database_url)
    return bare_cli
