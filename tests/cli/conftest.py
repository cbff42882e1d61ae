"""The command line, called in this process on the database of the suite, or on an empty one of its own."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authserver.cli.main import run_command
from authserver.factory import create_app
from authserver.settings import Settings
from tests.ending import end

if TYPE_CHECKING:
    from authserver.composition import House


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    out: str = field(repr=False)
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be JSON and nothing else."""
        return json.loads(self.out)


Cli = Callable[..., Done]


@pytest.fixture
def own_log() -> Iterator[None]:
    """Commands set the log up for a process of their own."""
    logger = logging.getLogger("authserver")
    handlers, level = logger.handlers, logger.level
    yield
    logger.handlers, logger.level = handlers, level
    logger.setLevel(level)


@pytest.fixture
def bare_cli(own_log: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`bare_cli("users", "list", stdin="")` with whatever environment the test has set."""

    def call(*arguments: str, stdin: str | bytes = "") -> Done:
        encoded = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(encoded)))
        capsys.readouterr()
        code = run_command(list(arguments), create_app)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return call


@pytest.fixture
def cli(settings: Settings, app: object, bare_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on the database of `app`."""
    environ(monkeypatch, data_dir=settings.data_dir, keys_dir=settings.keys_dir, database_url=settings.database_url)
    return bare_cli


@pytest.fixture
def empty_cli(
    tmp_path: Path, keys_dir: Path, empty_database: str, bare_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> Cli:
    """The command line on a database that is still empty."""
    environ(monkeypatch, data_dir=tmp_path, keys_dir=keys_dir, database_url=empty_database)
    return bare_cli


@pytest.fixture
def own_cli(empty_cli: Cli) -> Cli:
    """The command line on a database of its own, prepared."""
    assert empty_cli("db", "upgrade").code == 0
    return empty_cli


def environ(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    for name, value in {"password_memory": 8192, **values}.items():
        monkeypatch.setenv(f"AUTHSERVER_{name.upper()}", str(value))


@pytest.fixture
def own_house(own_cli: Cli, empty_database: str, keys_dir: Path) -> Iterator["House"]:
    """The house of `own_cli`."""
    settings = Settings(database_url=empty_database, keys_dir=keys_dir, password_memory=8192)
    app = create_app(settings)
    yield app.extensions["authserver.house"]
    end(app)
