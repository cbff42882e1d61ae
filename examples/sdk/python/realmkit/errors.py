"""What can go wrong, by type."""

from collections.abc import Mapping
from typing import Any

from realmkit.waiting import seconds_of


class RealmKitError(Exception):
    """Any failure of this client."""


class APIConnectionError(RealmKitError):
    """The API cannot be reached, or its answer cannot be read."""


class APIError(RealmKitError):
    """The API answered with an error; `problem` is its document (RFC 9457), `headers` have lower-case names."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status = status
        self.problem = problem
        self.headers = headers
        self.title = str(problem.get("title") or "")
        self.detail = str(problem.get("detail") or "")
        super().__init__(f"{status} {self.title}: {self.detail}" if self.detail else f"{status} {self.title}".strip())


class AuthenticationError(APIError):
    """401: the key is missing, invalid, expired or revoked."""


class PermissionDeniedError(APIError):
    """403: the key is good and may not do this."""

    @property
    def missing_scopes(self) -> list[str]:
        """What the key lacks."""
        return [str(scope) for scope in self.problem.get("missing_scopes") or ()]


class RateLimitError(APIError):
    """429: the quota is used up."""

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, when the API says so."""
        return seconds_of(self.headers.get("retry-after"))

    @property
    def limit(self) -> int | None:
        """Requests of a window."""
        text = self.headers.get("x-ratelimit-limit", "")
        return int(text) if text.isdigit() else None


def error_of(status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> APIError:
    """The error of a status."""
    kinds = {401: AuthenticationError, 403: PermissionDeniedError, 429: RateLimitError}
    return kinds.get(status, APIError)(status, problem, headers)
