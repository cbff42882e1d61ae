"""What a command says: its result alone on standard output, as a table, JSON or JSON lines; notes on standard error."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

FORMATS = ("table", "json", "jsonl")
KEY = "authserver.output"
#: Columns that hold a time, in epoch seconds.
TIME = ("_at", "at")

Row = Mapping[str, Any]


def show(item: Row) -> None:
    """One result."""
    wanted = _format()
    if wanted == "table":
        width = max(map(len, item), default=0)
        for name, value in item.items():
            click.echo(f"{name.ljust(width)}  {_cell(name, value)}".rstrip())
        return
    click.echo(json.dumps(item, indent=2 if wanted == "json" else None))


def show_many(items: Iterable[Row], columns: Sequence[str]) -> None:
    """A list of results; a table shows these columns, JSON everything."""
    wanted = _format()
    if wanted == "jsonl":
        for item in items:
            click.echo(json.dumps(item))
    elif wanted == "json":
        click.echo(json.dumps(list(items), indent=2))
    else:
        _show_table(list(items), columns)


def note(text: str) -> None:
    """A remark beside the result."""
    click.echo(text, err=True)


def is_table() -> bool:
    """Whether a person reads it: then one result may be shown in parts."""
    return _format() == "table"


def _format() -> str:
    wanted: str = click.get_current_context().meta.get(KEY, "table")
    return wanted


def _show_table(items: list[Row], columns: Sequence[str]) -> None:
    rows = [list(columns), *([_cell(name, item.get(name)) for name in columns] for item in items)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(name: str, value: Any) -> str:
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name.endswith(TIME) and value == 0:
        return "never"
    if isinstance(value, int) and name.endswith(TIME):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = " ".join(value)
    text = value if isinstance(value, str) else json.dumps(value)
    # What people typed may hold sequences that a terminal obeys.
    return "".join(char if char.isprintable() else "?" for char in text)
