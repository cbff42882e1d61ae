"""Bodies of errors (RFC 9457)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"
#: Its title is the phrase of the status (RFC 9457 section 4.2.1).
BLANK = "about:blank"


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for programs and for people. `extra` holds further members."""

    status: int
    detail: str = ""
    title: str = ""
    type: str = BLANK
    extra: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The members, without empty ones."""
        known = {"type": self.type, "title": self.title or _phrase(self.status), "status": self.status}
        return {**known, **({"detail": self.detail} if self.detail else {}), **self.extra}

    def body(self) -> str:
        """The JSON text."""
        return json.dumps(self.document()) + "\n"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
