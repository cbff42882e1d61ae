"""Session tokens as a browser gets them."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

from tests.pages.people import Browser
from tests.relying_party import Reply

PAGE, CURRENT = "/settings/session-token", "/settings/session-token/current"
Ask = Callable[..., Reply]


def current(at: Browser) -> str:
    """What the script would store."""
    answer = at.get(CURRENT)
    assert answer.status_code == 200, answer.text
    token: str = answer.json["session_token"]
    return token


def claims_of(token: str) -> dict[str, Any]:
    encoded = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return claims
