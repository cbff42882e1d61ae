"""Keys that lie where they should not: found by shape and checksum, without any database."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authserver.cli.failures import Failure, NotFound
from authserver.oauth.credentials.api_key import is_well_formed

COLUMNS = ("file", "line", "column", "hint", "environment", "state")
# Whatever follows a key: the checksum tells where it ends.
_CANDIDATE = re.compile(r"(?=(rk_(live|test)_[0-9A-Za-z]{32}))")


@dataclass(frozen=True, slots=True)
class Finding:
    """A well-formed key and where it stands, counted from 1."""

    file: str
    line: int
    column: int
    environment: str
    key: str = field(repr=False)

    def document(self) -> dict[str, Any]:
        """What may be printed of it."""
        hint = f"rk_{self.environment}_...{self.key[-4:]}"
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "hint": hint,
            "environment": self.environment,
        }


def search(place: str) -> Iterator[Finding]:
    """Every well-formed key in a file, or in standard input for `-`."""
    for number, line in enumerate(_lines(place), start=1):
        for match in _CANDIDATE.finditer(line):
            if is_well_formed(match[1]):
                yield Finding(place, number, match.start() + 1, match[2], match[1])


def _lines(place: str) -> Iterator[str]:
    """Of any file, also one that is no text: keys are ASCII."""
    try:
        with sys.stdin.buffer if place == "-" else Path(place).open("rb") as file:
            for line in file:
                yield line.decode("latin-1")
    except FileNotFoundError:
        raise NotFound(f"There is no file {place}.") from None
    except OSError as error:
        raise Failure(f"Cannot read {place}: {error.strerror}.") from None
