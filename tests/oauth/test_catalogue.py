"""The catalogue of errors is complete: what the code can raise stands there, and every case has its anchor."""

import ast
import inspect
from collections.abc import Iterator

import pytest

from authserver.oauth import catalogue, errors
from authserver.oauth.catalogue import Entry
from authserver.oauth.errors import OAuth2Error
from tests.architecture.sources import name, python_files, tree

#: Class -> code.
CODES = {
    kind: value.error
    for kind, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, OAuth2Error) and value.error
}
#: Codes that are written as they are, where there is no exception.
PLAIN = ("server_error", "temporarily_unavailable")
EVERY_CASE = {case.anchor for entry in catalogue.ENTRIES for case in entry.cases}


def causes() -> Iterator[tuple[str, str]]:
    """Where a cause is made, and which case it says."""
    for path in python_files("authserver"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Cause":
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{name(path)}:{node.lineno}: a case is written out"
                yield f"{name(path)}:{node.lineno}", str(first.value)


def pairs() -> Iterator[tuple[str, str, str]]:
    """Where an error is made together with its cause: place, error code, case."""
    for path in python_files("authserver"):
        for node in ast.walk(tree(path)):
            code = CODES.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else None
            for argument in node.args if isinstance(node, ast.Call) and code else ():
                if isinstance(argument, ast.Call) and getattr(argument.func, "id", "") == "Cause":
                    case = argument.args[0]
                    assert isinstance(case, ast.Constant)
                    yield f"{name(path)}:{node.lineno}", str(code), str(case.value)


@pytest.mark.parametrize("code", sorted({*CODES.values(), *PLAIN}))
def test_every_error_code_has_its_entry(code: str) -> None:
    entry = catalogue.find(code)
    assert entry is not None
    assert entry.means
    assert entry.who
    assert entry.section.url.startswith("https://")


def test_every_cause_in_the_code_is_a_case_of_the_catalogue() -> None:
    found = list(causes())
    assert len(found) > 80
    assert {place: case for place, case in found if case not in EVERY_CASE} == {}


def test_every_cause_is_a_case_of_the_error_that_carries_it() -> None:
    found = list(pairs())
    assert len(found) > 30
    assert [(place, code, case) for place, code, case in found if catalogue.case_of(code, case) is None] == []


@pytest.mark.parametrize("entry", catalogue.ENTRIES, ids=lambda entry: entry.code)
def test_anchors_of_an_entry_are_unique_and_every_case_says_how_to_fix_it(entry: Entry) -> None:
    anchors = [case.anchor for case in entry.cases]
    assert len(anchors) == len(set(anchors))
    assert all(case.means.endswith(".") and case.fix.endswith(".") for case in entry.cases)
