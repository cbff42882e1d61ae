"""`authserver db`."""

from typing import Any

import pytest

from authserver import factory
from authserver.cli.main import run_command
from tests.cli.conftest import Cli


def test_contract_check_exits_6_until_the_upgrade(empty_cli: Cli) -> None:
    behind = empty_cli("db", "check", "-o", "json")
    upgraded = empty_cli("db", "upgrade", "-o", "json")
    current = empty_cli("db", "check", "-o", "json")
    again = empty_cli("db", "upgrade", "-o", "json")

    assert (behind.code, behind.json["current"], behind.json["revision"]) == (6, False, None)
    assert "authserver db upgrade" in behind.err
    assert (upgraded.code, upgraded.json["before"]) == (0, None)
    assert (current.code, current.json["current"]) == (0, True)
    assert (again.code, again.json["before"]) == (0, again.json["revision"])
    assert len(empty_cli("signing-keys", "list", "-o", "json").json) == 4


def test_commands_refuse_a_database_that_is_behind(
    empty_cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As on PostgreSQL, where an application does not migrate by itself.
    def unprepared(settings: Any, *, prepare: bool = True) -> Any:
        return factory.create_app(settings, prepare=False)

    code = run_command(["users", "list"], unprepared)

    assert code == 1
    assert "authserver db upgrade" in capsys.readouterr().err


def test_unreachable_database_is_a_plain_failure(bare_cli: Cli, monkeypatch: pytest.MonkeyPatch, keys_dir: Any) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("AUTHSERVER_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("AUTHSERVER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    for arguments in (["db", "check"], ["db", "upgrade"], ["users", "list"]):
        done = bare_cli(*arguments)

        assert (done.code, done.out) == (1, "")
        assert "database cannot be used" in done.err
        assert "Traceback" not in done.err
