"""The SQL that an application runs while something is asked."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from authserver.models.hot import Lookup

if TYPE_CHECKING:
    from authserver.models.database import Database


@contextmanager
def recorded(database: "Database", patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement, of hot reads and of the unit of work; BEGIN, COMMIT and pragmas left out."""
    found: list[str] = []
    here = threading.get_ident()  # what a thread of the application writes behind the requests is not of them
    one = database.hot.one

    def hot(lookup: Lookup, parameters: Mapping[str, Any]) -> Any | None:
        found.append(lookup.sqlite)
        return one(lookup, parameters)

    def cursor(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.get_ident() == here and not statement.startswith(("BEGIN", "PRAGMA")):
            found.append(statement)

    with patch.context() as within:
        within.setattr(database.hot, "one", hot)
        event.listen(database.engine, "before_cursor_execute", cursor)
        try:
            yield found
        finally:
            event.remove(database.engine, "before_cursor_execute", cursor)
