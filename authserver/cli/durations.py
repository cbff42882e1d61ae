"""Durations as people type them: `15m 24h 90d`, `0`, and `never` where that makes sense."""

import re
from typing import Any

import click

_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
NEVER = "never"


def seconds(text: str) -> int:
    """`24h` -> 86400. Raises ValueError for anything without a unit but `0`."""
    if text == "0":
        return 0
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration: write a number and a unit, such as 15m, 24h or 90d.")
    return int(match[1]) * _SECONDS[match[2]]


class Duration(click.ParamType[int | str]):
    """A duration on the command line, in seconds; with `never`, the word stays a word."""

    name = "duration"

    def __init__(self, *, never: bool = False) -> None:
        self._never = never

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if isinstance(value, int):
            return value
        text = str(value)
        try:
            return text if self._never and text == NEVER else seconds(text)
        except ValueError as error:
            self.fail(str(error), param, ctx)
