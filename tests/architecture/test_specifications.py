"""The README table of specifications is true: files and tests are there, no test file is missing, reasons neither."""

import re
from dataclasses import dataclass

import pytest

from tests.architecture.sources import ROOT

STATES = ("spoken", "in part", "never")
ROW = re.compile(rf"^\| (.+?) \| ({'|'.join(STATES)}) \| (.+?) \| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)
NUMBER = re.compile(r"RFC (\d{4})")


@dataclass(frozen=True, slots=True)
class Specification:
    """One row. `tests` are patterns."""

    name: str
    state: str
    says: str
    files: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def test_files(self) -> set[str]:
        return {path.relative_to(ROOT).as_posix() for pattern in self.tests for path in ROOT.glob(pattern)}


def quoted(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", text))


TABLE = [
    Specification(name, state, says, quoted(files), quoted(tests))
    for name, state, says, files, tests in ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
]
BUILT = [one for one in TABLE if one.state != "never"]


def test_the_table_is_there() -> None:
    assert len(BUILT) > 30
    assert len({one.name for one in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", BUILT, ids=lambda row: row.name)
def test_what_is_spoken_has_a_file_and_tests(row: Specification) -> None:
    assert row.files
    assert [path for path in row.files if not (ROOT / path).is_file()] == []
    assert row.tests
    assert [pattern for pattern in row.tests if not list(ROOT.glob(pattern))] == []


def test_every_test_of_a_specification_stands_in_the_table() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "rfc").glob("test_*.py")}
    assert there - {file for row in BUILT for file in row.test_files} == set()


def test_a_file_of_tests_named_for_an_rfc_stands_in_the_row_of_that_rfc() -> None:
    named = {number: row.test_files for row in BUILT for number in NUMBER.findall(row.name)}
    for path in (ROOT / "tests" / "rfc").glob("test_rfc*.py"):
        number = re.findall(r"rfc(\d{4})", path.name)[0]
        assert path.relative_to(ROOT).as_posix() in named.get(number, set()), path.name


def test_what_is_never_built_has_its_reason_and_nothing_else() -> None:
    never = [row for row in TABLE if row.state == "never"]
    assert len(never) == 3
    assert all(len(row.says) > 40 and not row.files and not row.tests for row in never)
