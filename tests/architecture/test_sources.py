"""What import contracts cannot say: sizes (law 5), the one commit (law 6), SQL in one place (law 3), nothing secret."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT, files, name, python_files, tree

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
OURS = python_files("app.py", "authserver", "tests", "benchmarks", "examples", "migrations/env.py")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: Who opens and commits a unit of work (decision 1): also the start-up, threads that deliver, the look at a trace.
DELIVERY = ("outbox/courier.py", "outbox/logouts.py")
COMMITTERS = ("wire.py", "composition.py", "cli/", *DELIVERY, "traces/recorder.py", "models/")
#: Imports inside a function, each with its reason in a comment beside it (decisions 37 and 39).
LATE = {"factory.py", "composition.py", "models/database.py", "resource_server/binding.py", "resource_server/feed.py"}
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|ALTER TABLE|DROP TABLE|PRAGMA)\b")
#: The product's key format (decision 29), well-formed or not.
KEY = re.compile(rb"rk_(?:live|test)_[0-9A-Za-z]{32}")


def where(path: Path, node: ast.AST) -> str:
    return f"{name(path)}:{getattr(node, 'lineno', 0)}"


def inside(path: Path, *places: str) -> bool:
    return path.relative_to(PACKAGE).as_posix().startswith(places)


def texts(module: ast.Module) -> Iterator[ast.Constant]:
    """String literals that are not docstrings."""
    docstrings = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def test_law_5_no_file_is_longer_than_300_lines() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in OURS}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_law_5_no_function_is_longer_than_40_lines() -> None:
    found = {}
    for path in python_files("app.py", "authserver"):
        for node in ast.walk(tree(path)):
            if isinstance(node, FUNCTIONS) and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION:
                found[where(path, node)] = node.name
    assert found == {}


def test_law_3_only_models_write_sql() -> None:
    found = {
        where(path, text): text.value
        for path in python_files("authserver")
        if not inside(path, "models/")
        for text in texts(tree(path))
        if SQL.search(str(text.value))
    }
    assert found == {}


def test_law_4_no_import_inside_a_function() -> None:
    found = [
        where(path, node)
        for path in python_files("authserver")
        if not inside(path, *LATE)
        for function in ast.walk(tree(path))
        if isinstance(function, FUNCTIONS)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_law_6_only_the_threshold_commits() -> None:
    found = [
        where(path, node)
        for path in python_files("authserver")
        if not inside(path, *COMMITTERS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "rollback"})
            or (isinstance(node.func, ast.Name) and node.func.id == "unit_of_work")
        )
    ]
    assert found == []


def test_every_module_opens_with_a_sentence() -> None:
    modules = [(path, tree(path)) for path in OURS]
    assert [name(path) for path, module in modules if module.body and not ast.get_docstring(module)] == []


def test_voice_no_room_is_named_for_what_does_not_fit_elsewhere() -> None:
    vague = {"utils", "helpers", "common", "shared", "services", "misc"}
    assert [name(path) for path in python_files("authserver") if vague & {path.stem, path.parent.name}] == []


def test_decision_29_no_whole_key_is_written_down() -> None:
    found = [name(path) for path in files(ROOT) if KEY.search(path.read_bytes())]
    assert found == []


def test_decision_29_a_whole_key_would_be_found() -> None:
    assert KEY.search(b'key = "rk_' + b"live_" + b"A1b2C3d4" * 4 + b'"')


@pytest.mark.parametrize("folder", ["authserver", "tests", "migrations"])
def test_ruff_has_nothing_to_say(folder: str) -> None:
    call = [sys.executable, "-m", "ruff", "check", "--no-cache", "--quiet", folder]
    result = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
