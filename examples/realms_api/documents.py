"""What callers send: JSON objects with known members, read once and strictly."""

from dataclasses import dataclass
from typing import Any

from flask import request

MOST_ITEMS = 100


class Invalid(Exception):
    """A member or a parameter that cannot be meant; `pointer` says which (RFC 6901, or the parameter's name)."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Text:
    """A member that holds text."""

    longest: int
    required: bool = False
    lines: bool = False

    def read(self, name: str, value: Any) -> str:
        """The text. Raises Invalid."""
        pointer = f"/{name}"
        if not isinstance(value, str) or len(value) > self.longest:
            raise Invalid(pointer, f"{name} must be text of at most {self.longest} characters.")
        if self.required and not value.strip():
            raise Invalid(pointer, f"{name} must not be empty.")
        if any(0xD800 <= ord(letter) <= 0xDFFF or (ord(letter) < 32 and not self._line(letter)) for letter in value):
            raise Invalid(pointer, f"{name} has characters that text cannot have.")
        return value

    def _line(self, letter: str) -> bool:
        return self.lines and letter in "\n\r\t"


def body(members: dict[str, Text], *, partial: bool) -> dict[str, str]:
    """The members of the body. `partial` leaves out what is not named; otherwise what is required must be there."""
    try:
        document = request.get_json()
    except RecursionError:
        raise Invalid("", "The body is nested too deeply.") from None
    if not isinstance(document, dict):
        raise Invalid("", "The body must be a JSON object.")
    if unknown := sorted(document.keys() - members.keys()):
        raise Invalid("", f"Only these members are known: {', '.join(members)}; not {unknown[0][:40]!a}.")
    if not partial:
        for name, text in members.items():
            if text.required and name not in document:
                raise Invalid(f"/{name}", f"{name} is missing.")
    if not document:
        raise Invalid("", "Name at least one member.")
    return {name: members[name].read(name, value) for name, value in document.items()}


def whole_number(name: str, default: int, most: int) -> int:
    """A parameter of the query. Raises Invalid."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
        raise Invalid(name, f"{name} must be a whole number from 1 to {most}.")
    return int(text)
