"""JSON bodies (RFC 8259): read strictly, then held against the schema that the documentation shows."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from authserver.oauth.request import Request
from authserver.rest.problems import Fault, Problem, malformed
from authserver.strict_json import members_once

Schema = Mapping[str, Any]

DEEPEST = 8
LONGEST_NUMBER = 18  # digits
MOST_FAULTS = 20
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def read(request: Request, schema: Schema, *, optional: bool = False) -> Any:
    """The body as the schema wants it; members that the server makes are left out. Raises Problem (400, 415)."""
    if optional and not request.body:
        return {}
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.partition("charset=")[2].strip(' "').lower()
    if kind.strip().lower() != "application/json" or charset not in {"", "utf-8"}:
        raise Problem(415, "Send the body as application/json in UTF-8.")
    value = _parsed(request.body)
    faults = [fault for _, fault in zip(range(MOST_FAULTS), _faults(value, schema, "#"), strict=False)]
    if faults:
        raise malformed(*faults)
    ignored = schema.get("x-ignored", ())
    return {name: found for name, found in value.items() if name not in ignored} if ignored else value


def _parsed(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=members_once, parse_int=_integer, parse_float=_refused, parse_constant=_refused
        )
    except (ValueError, RecursionError):
        raise Problem(400, "The body is no JSON in UTF-8, or has a member twice, or numbers out of range.") from None
    if not _is_plain(value, DEEPEST):
        raise Problem(400, "The body is nested too deeply, or holds characters that no text may have.")
    return value


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("out of range")
    return int(text)


def _refused(text: str) -> Any:
    raise ValueError(f"{text} is no whole number")


def _is_plain(value: Any, depth: int) -> bool:
    """Whether it is shallow, and its texts can be stored: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)
    if not isinstance(value, dict | list):
        return True
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return depth > 0 and all(_is_plain(part, depth - 1) for part in parts)


def _faults(value: Any, schema: Schema, pointer: str) -> Iterator[Fault]:
    """What breaks the schema; as much of JSON Schema as the schemas here use."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_KINDS[kind](value) for kind in kinds):
        yield Fault(pointer, f"must be of the type {' or '.join(kinds)}")
    elif isinstance(value, dict):
        yield from _faults_of_members(value, schema, pointer)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema["maxItems"]:
            yield Fault(pointer, f"must have {schema.get('minItems', 0)} to {schema['maxItems']} items")
            return
        for number, item in enumerate(value):
            yield from _faults(item, schema["items"], f"{pointer}/{number}")
    elif isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema["maxLength"]:
            yield Fault(pointer, f"must have {schema.get('minLength', 0)} to {schema['maxLength']} characters")
        elif value not in schema.get("enum", (value,)):
            yield Fault(pointer, f"must be one of: {', '.join(schema['enum'])}")
    elif isinstance(value, int) and not schema["minimum"] <= value <= schema["maximum"]:
        yield Fault(pointer, f"must be {schema['minimum']} to {schema['maximum']}")


def _faults_of_members(value: dict[str, Any], schema: Schema, pointer: str) -> Iterator[Fault]:
    properties = schema["properties"]
    for name in schema.get("required", ()):
        if name not in value:
            yield Fault(f"{pointer}/{name}", "is missing")
    for name, member in value.items():
        if name in properties:
            yield from _faults(member, properties[name], f"{pointer}/{name}")
        elif name not in schema.get("x-ignored", ()) and not schema.get("additionalProperties", False):
            yield Fault(f"{pointer}/{_escaped(name)}", "is no member of it")


def _escaped(name: str) -> str:
    """A name that the caller chose, in a JSON pointer (RFC 6901), not longer than needed to find it."""
    return name[:60].replace("~", "~0").replace("/", "~1")
