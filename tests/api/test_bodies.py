"""JSON as `/v1` reads it: strictly, and never with a 5xx (IJ3, IJ4)."""

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import PATH, Manage, is_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.state import State

JSON = {"Content-Type": "application/json"}
GOOD = b'"name":"CI","scopes":["read:realms"],"environment":"live"'
REFUSED = {
    "empty": b"",
    "no JSON": b"{",
    "two documents": b"{}{}",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "member twice": b'{"name":"other",' + GOOD + b"}",
    "member twice within": b'{"note":{"a":1,"a":2},' + GOOD + b"}",
    "bad UTF-8": b'{"note":"\xff",' + GOOD + b"}",
    "UTF-16": ("{" + GOOD.decode() + "}").encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{" + GOOD + b"}",
    "NUL": b'{"note":"a\\u0000b",' + GOOD + b"}",
    "raw NUL": b'{"note":"a\x00b",' + GOOD + b"}",
    "half a surrogate": b'{"note":"\\ud800",' + GOOD + b"}",
    "NUL in a name": b'{"a\\u0000":1,' + GOOD + b"}",
    "deep": b'{"note":' + b"[" * 20 + b"]" * 20 + b"," + GOOD + b"}",
    "very deep": b"[" * 60000,
    "very deep objects": b'{"a":' * 12000,
    "huge number": b'{"expires_in":' + b"9" * 5000 + b"," + GOOD + b"}",
    "float": b'{"expires_in":1.5,' + GOOD + b"}",
    "exponent": b'{"expires_in":1e9,' + GOOD + b"}",
    "NaN": b'{"expires_in":NaN,' + GOOD + b"}",
    "infinite": b'{"expires_in":-Infinity,' + GOOD + b"}",
    "single quotes": b"{'name':'CI'}",
    "trailing comma": b"{" + GOOD + b",}",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_is_not_strict_json_is_400(program: Manage, row_counts: "Callable[[], State]", body: bytes) -> None:
    mine = program()
    before = row_counts()
    is_problem(mine.send("POST", data=body, headers=JSON), 400)
    assert row_counts() == before


def test_other_texts_of_all_planes_are_kept(program: Manage) -> None:
    name = "Schlüssel für 東京 🔑"
    assert program().create(name=name).json["name"] == name


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
    ],
)
def test_another_kind_of_body_is_415(program: Manage, kind: str) -> None:
    is_problem(program().send("POST", data=b"{" + GOOD + b"}", headers={"Content-Type": kind}), 415)


def test_a_charset_of_utf_8_is_fine(program: Manage) -> None:
    headers = {"Content-Type": 'Application/JSON; charset="UTF-8"'}
    assert program().send("POST", data=b"{" + GOOD + b"}", headers=headers).status_code == 201


def test_a_body_that_is_too_large_is_413(program: Manage) -> None:
    is_problem(program().send("POST", data=b" " * 70000, headers=JSON), 413)


def test_a_problem_of_the_wire_is_one_too(program: Manage) -> None:
    answer = program().http.post(PATH, data=b"x", environ_overrides={"CONTENT_LENGTH": "many"})
    is_problem(answer, 400)
