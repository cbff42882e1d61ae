"""What answers must look like, whatever was asked: said once, checked in every case."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from tests.conftest import ISSUER

INACTIVE = '{"active": false}'
#: RFC 6749 section 5.2: the characters of `error_description`.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
#: RFC 9110 section 11.6.1: one challenge, its parameters quoted.
CHALLENGE = re.compile(r'(?P<scheme>[A-Za-z]+)(?: [a-z_]+="[^"\\]*"(?:, [a-z_]+="[^"\\]*")*)?')


class Answered(Protocol):
    """A reply of the relying party, or a response of the test client."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def text(self) -> str: ...

    @property
    def json(self) -> Any: ...


def refuses(reply: Answered, error: str, status: int = 400) -> None:
    """A JSON error of RFC 6749 section 5.2 with exactly this status and code, that nobody may store."""
    assert (reply.status_code, reply.json.get("error")) == (status, error), reply.text
    assert set(reply.json) <= {"error", "error_description", "error_uri"}
    assert reply.json["error_uri"].partition("#")[0] == f"{ISSUER}/docs/errors/{error}"
    assert DESCRIPTION.fullmatch(reply.json.get("error_description", ""))
    _is_private_json(reply)
    if error == "invalid_client":
        assert challenge(reply)[0] == "Basic"


def grants(reply: Answered) -> dict[str, Any]:
    """Tokens as RFC 6749 section 5.1 wants them."""
    assert reply.status_code == 200, reply.text
    _is_private_json(reply)
    assert reply.headers["Pragma"] == "no-cache"
    tokens: dict[str, Any] = reply.json
    assert tokens["token_type"] == "Bearer"
    assert isinstance(tokens["expires_in"], int)
    return tokens


def is_inactive(reply: Answered) -> None:
    """Byte for byte the one answer for everything that is not good (decision 24)."""
    assert (reply.status_code, reply.text) == (200, INACTIVE)
    _is_private_json(reply)


def is_active(reply: Answered) -> dict[str, Any]:
    """The claims of a good token."""
    assert reply.status_code == 200, reply.text
    assert reply.json["active"] is True, reply.text
    _is_private_json(reply)
    claims: dict[str, Any] = reply.json
    return claims


def challenge(reply: Answered) -> tuple[str, dict[str, str]]:
    """Scheme and parameters of the one challenge of a 401, 403 or 400."""
    text = reply.headers["WWW-Authenticate"]
    match = CHALLENGE.fullmatch(text)
    assert match, text
    return match["scheme"], dict(re.findall(r'([a-z_]+)="([^"]*)"', text))


def _is_private_json(reply: Answered) -> None:
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
