"""The import contracts of pyproject.toml hold (laws 1 to 4), and catch what they are there to catch."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT

#: A file, and the line that breaks a contract in it. The file is made when it is not there.
BREACHES = {
    "law 1: upwards": ("models/users.py", "import authserver.oauth.scopes", "Floors"),
    "law 1: the wire knows no endpoint": ("wire.py", "import authserver.endpoints.token", "Floors"),
    "law 1: oauth and accounts are strangers": ("accounts/links.py", "import authserver.oauth.scopes", "Floors"),
    "law 1: pages and endpoints are strangers": ("pages/home/views.py", "import authserver.endpoints.token", "Floors"),
    "law 1: a new room chooses a floor": ("cellar.py", '"""A room."""', "Floors"),
    "law 2: Flask in oauth": ("oauth/scopes.py", "import flask", "Meaning knows no web framework"),
    "law 2: Flask-Login in accounts": ("accounts/links.py", "import flask_login", "Meaning knows no web framework"),
    "law 2: Flask in an endpoint": ("endpoints/token.py", "import flask", "Meaning knows no web framework"),
    "law 2: Flask in a resource": ("api/leaks.py", "import flask", "Meaning knows no web framework"),
    "law 2: Authlib in a page": ("pages/home/views.py", "import authlib.oauth2", "Authlib stays in oauth"),
    "law 2: Authlib in the wire": ("wire.py", "import authlib.oauth2", "Authlib stays in oauth"),
    "law 3: SQLAlchemy in oauth": ("oauth/scopes.py", "import sqlalchemy", "Only models speak SQL"),
    "law 3: sqlite3 in the command line": ("cli/cellar.py", "import sqlite3", "Only models speak SQL"),
    "decision 38: the house in the package": ("resource_server/cache.py", "import authserver.clock", "The package"),
    "decision 38: Authlib in the package": ("resource_server/cache.py", "import authlib.oauth2", "The package"),
    "law 4: grants": ("oauth/grants/client_credentials.py", "import authserver.oauth.grants.refresh_token", "Grants"),
    "law 4: endpoints": ("endpoints/token.py", "import authserver.endpoints.revoke", "Endpoints"),
    "law 4: resources": ("api/leaks.py", "import authserver.api.openapi", "Resources"),
    "law 4: pages": ("pages/home/views.py", "import authserver.pages.login.views", "Pages"),
    "law 4: circles": ("oauth/errors.py", "import authserver.oauth.scopes", "No circles"),
}
#: Rooms that a contract leaves free, because the law does.
FREE = {
    "Authlib stays in oauth (law 2)": {"oauth", "factory"},
    "Only models speak SQL (law 3)": {"models", "factory"},
}


def lint(directory: Path) -> "subprocess.CompletedProcess[str]":
    """Check the contracts of the tree in this directory."""
    call = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"]
    return subprocess.run([*call, "--no-cache"], cwd=directory, capture_output=True, text=True, timeout=120)


def test_laws_1_to_4_imports_go_where_they_may() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_caught(breach: str, tmp_path: Path) -> None:
    place, line, contract = BREACHES[breach]
    ignored = shutil.ignore_patterns("__pycache__", "static", "*.txt")
    shutil.copytree(PACKAGE, tmp_path / "authserver", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "authserver" / place).open("a") as source:
        source.write(f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [row for row in result.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(contract) for row in broken), result.stdout


@pytest.mark.parametrize("contract", FREE)
def test_a_contract_that_lists_rooms_lists_all_of_them(contract: str) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    listed = next(set(each["source_modules"]) for each in declared if each["name"] == contract)
    sources = [*PACKAGE.glob("*.py"), *(path.parent for path in PACKAGE.glob("*/__init__.py"))]
    rooms = {path.stem for path in sources if not path.name.startswith("_")}
    assert listed == {f"authserver.{room}" for room in rooms - FREE[contract]}
