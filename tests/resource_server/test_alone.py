"""Decision 38: the package stands alone. Copied out of this house it works, with nothing but Flask beside it."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, tree

ROOM = PACKAGE / "resource_server"
FILES = sorted(ROOM.glob("*.py"))
#: Who may know more than the standard library.
FLASK = {"protection.py"}
JOSERFC = {"proof.py", "signature.py"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_decision_38_the_standard_library_and_flask_where_it_is_needed(path: Path) -> None:
    foreign = {
        name
        for name in imported(path)
        if not name.startswith("authserver.resource_server") and name.partition(".")[0] not in sys.stdlib_module_names
    }
    allowed = {"flask"} if path.name in FLASK else set()
    assert {name.partition(".")[0] for name in foreign} <= (allowed | {"joserfc"} if path.name in JOSERFC else allowed)


def test_decision_38_it_runs_without_the_house(tmp_path: Path) -> None:
    (tmp_path / "authserver").mkdir()
    (tmp_path / "authserver" / "__init__.py").touch()
    shutil.copytree(ROOM, tmp_path / "authserver" / "resource_server", ignore=shutil.ignore_patterns("__pycache__"))
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from flask import Flask
from authserver.resource_server import Configuration, Protection
assert sys.modules["authserver"].__file__.startswith(sys.argv[1])
chosen = Configuration(issuer="http://localhost:1", client_id="a", client_secret="b", audience="https://api.example")
app, protection = Flask("api"), Protection()
protection.init_app(app, chosen)
app.add_url_rule("/", view_func=protection.requires("read:realms")(lambda: "in"))
assert app.test_client().get("/").status_code == 401
foreign = {"authlib", "joserfc", "sqlalchemy", "pydantic", "requests", "cryptography"} & set(sys.modules)
assert not foreign, foreign
"""
    call = [sys.executable, "-I", "-c", program, str(tmp_path)]
    result = subprocess.run(call, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
