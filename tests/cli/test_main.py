"""The command line as a whole: what it loads, its exit codes, where its words go."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from authserver.cli import main
from tests.cli.conftest import Cli
from tests.processes import CHECKOUT, command, environment

HEAVY = {"sqlalchemy", "flask", "authlib", "alembic", "argon2", "joserfc"}
#: Runs a command line, stops where the workers would be started, and tells what has been loaded by then.
PROBE = """
import sys
from authserver.cli import run
from authserver.factory import main
run.serve = lambda **options: 0
code = main(sys.argv[1:])
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
sys.exit(code)
"""


def loaded_by(arguments: list[str], directory: Path) -> set[str]:
    environ = environment(directory, database=f"sqlite:///{directory / 'authserver.db'}")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], env=environ, cwd=CHECKOUT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--listen", "127.0.0.1:0"]])
def test_decision_37_no_application_code_in_the_parent(arguments: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(arguments, tmp_path)

    assert "authserver" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("noun", main.NOUNS)
def test_every_noun_has_its_module_and_help(noun: str, bare_cli: Cli) -> None:
    done = bare_cli(noun, "--help")

    assert done.code == 0
    assert f"Usage: authserver {noun}" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["users"],
        ["users", "nonsense"],
        ["users", "create"],
        ["users", "list", "--nonsense"],
        ["users", "list", "-o", "xml"],
        ["run", "--listen", "nonsense"],
        ["run", "--workers", "0"],
        ["api-keys", "create", "--user", "u", "--name", "n", "--scope", "read:realms", "--expires", "tomorrow"],
        ["grants", "revoke"],
        ["grants", "revoke", "g_1", "--user", "ada"],
        ["clients", "update", "some-client"],
        ["users", "disable", "\udcff"],
    ],
)
def test_contract_exit_2_for_usage(arguments: list[str], bare_cli: Cli) -> None:
    done = bare_cli(*arguments)

    assert done.code == 2
    assert done.out == ""
    assert done.err != ""


def test_contract_exit_1_names_the_bad_variable(bare_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHSERVER_ISSUER", "http://auth.example")

    for arguments in (["users", "list"], ["run"], ["db", "check"]):
        done = bare_cli(*arguments)

        assert done.code == 1
        assert "AUTHSERVER_ISSUER" in done.err
        assert done.out == ""


def test_decision_40_config_flag_beats_the_variable(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('brand = "House"\n')
    bad.write_text('issuer = "ftp://nonsense"\n')
    monkeypatch.setenv("AUTHSERVER_CONFIG", str(bad))

    assert cli("users", "list").code == 1
    assert cli("--config", str(good), "users", "list").code == 0
    assert cli("users", "list", "--config", str(good)).code == 0
    assert "cannot read" in cli("users", "list", "--config", str(tmp_path / "absent.toml")).err


def test_contract_json_alone_on_standard_output(tmp_path: Path) -> None:
    environ = environment(tmp_path, database=f"sqlite:///{tmp_path / 'authserver.db'}")
    person = ["users", "create", "--email", "ada@people.test", "--username", "ada", "--name", "Ada"]

    created = command(*person, "--password-stdin", "-o", "json", environ=environ, stdin="a quiet harbour\n")
    again = command(*person, "-o", "json", environ=environ, check=False)
    absent = command("users", "disable", "bob", "-o", "json", environ=environ, check=False)
    key = command(
        *["api-keys", "create", "--user", "ada", "--name", "CI", "--scope", "read:realms", "-o", "json"],
        environ=environ,
    )

    assert json.loads(created.stdout)["id"].startswith("usr_")
    assert created.stderr == ""
    assert (again.returncode, again.stdout) == (5, "")
    assert again.stderr == "authserver: The e-mail or the user name belongs to somebody already.\n"
    assert (absent.returncode, absent.stdout, absent.stderr) == (3, "", "authserver: There is no user bob.\n")
    assert json.loads(key.stdout)["key"].startswith("rk_live_")
    assert "not shown again" in key.stderr


def test_a_reader_that_has_seen_enough_is_no_crash(tmp_path: Path) -> None:
    environ = environment(tmp_path, database=f"sqlite:///{tmp_path / 'authserver.db'}")
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "authserver", "scopes", "list"],
            env=environ,
            cwd=CHECKOUT,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )

    assert "Traceback" not in done.stderr
