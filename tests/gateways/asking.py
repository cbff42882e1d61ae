"""What a proxy asks the gateway, and what every answer must hold whatever it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.models import tiers, users
from authserver.models.tiers import Tier
from authserver.models.users import User
from tests.addresses import somewhere
from tests.factories import unique, within

if TYPE_CHECKING:
    from authserver.composition import House

AUTH = "/gateway/auth"
IDENTITY = (
    "User",
    "Preferred-Username",
    "Email",
    "Client-Id",
    "Scopes",
    "Key-Id",
    "Environment",
    "Tier",
    "Status",
)
RATE = ("RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer of the gateway."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def who(self, name: str) -> str:
        """`X-Auth-Request-<name>`, which is always there."""
        return self.headers[f"X-Auth-Request-{name}"].encode("latin-1").decode()

    @property
    def problem(self) -> Any:
        return json.loads(self.body)

    @property
    def remaining(self) -> int:
        return int(self.headers["X-RateLimit-Remaining"])

    @property
    def challenge(self) -> str | None:
        return self.headers.get("WWW-Authenticate")


class Proxy:
    """Asks in the name of one caller, at an address of its own."""

    def __init__(self, http: FlaskClient, address: str = "") -> None:
        self._http = http
        self.address = address or somewhere()

    def ask(
        self,
        credential: str | None = None,
        query: str = "",
        *,
        path: str = AUTH,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Asked:
        """Send what a proxy sends; `credential` as a Bearer token."""
        sent = {"Authorization": f"Bearer {credential}"} if credential is not None else {}
        answer = self._http.open(
            path,
            query_string=query,
            method=method,
            headers={**sent, **(headers or {})},
            environ_overrides={"REMOTE_ADDR": self.address},
            **more,
        )
        return checked(answer)


def checked(answer: TestResponse) -> Asked:
    """Every answer names the caller or nobody, may not be stored, and is a problem unless it lets pass."""
    asked = Asked(answer.status_code, answer.headers, answer.data)
    for name in IDENTITY:
        assert len(answer.headers.getlist(f"X-Auth-Request-{name}")) == 1, name
    assert answer.headers["Cache-Control"] == "no-store"
    true = int(asked.who("Status"))
    assert (asked.status, true) in {(true, true), (403, 429)}
    assert ("Retry-After" in answer.headers) == (true == 429)
    if asked.status == 200:
        assert asked.body == b""
    elif answer.request.method != "HEAD":
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert asked.problem["status"] == asked.status
        assert {"type", "title", "detail"} <= set(asked.problem)
    return asked


def in_tier(house: "House", user: User, *, limit: int, window: int = 3600) -> Tier:
    """Put an account in a tier of its own."""
    tier = Tier(unique("tier"), limit, window)
    with within(house):
        tiers.put(tier)
        users.change(user.id, tier=tier.name)
    return tier
