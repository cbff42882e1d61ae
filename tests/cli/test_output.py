"""Results on standard output: table, JSON, JSON lines."""

import json

import click
import pytest

from authserver.cli import output

ROWS = [{"name": "a\x1b[31mred\nline", "created_at": 1795500000, "tags": ["x", "y"], "on": True, "none": None}]


def shown(capsys: pytest.CaptureFixture[str], wanted: str) -> str:
    with click.Context(click.Command("test")) as context:
        context.meta[output.KEY] = wanted
        output.show_many(ROWS, ("name", "created_at", "tags", "on", "none"))
    return capsys.readouterr().out


def test_IJ5_table_never_lets_a_value_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, "table").splitlines()

    assert [line.split() for line in lines] == [
        ["name", "created_at", "tags", "on", "none"],
        ["a?[31mred?line", "2026-11-24T06:00:00Z", "x", "y", "yes", "-"],
    ]


def test_json_and_jsonl_hold_the_same_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(shown(capsys, "json")) == ROWS
    assert [json.loads(line) for line in shown(capsys, "jsonl").splitlines()] == ROWS
