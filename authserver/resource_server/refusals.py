"""Refusals by the book: RFC 6750 section 3, RFC 9110 section 15.5.2, RFC 6585 section 4, bodies by RFC 9457."""

from collections.abc import Iterable
from typing import Any

from authserver.resource_server.limits import RateLimit
from authserver.resource_server.problem import BLANK, Problem

#: Of proofs; a string here.
ALGORITHMS = "ES256 ES384 ES512 EdDSA Ed25519 PS256 RS256"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
Headers = list[tuple[str, str]]


class Refusal(Exception):
    """Why a request is not served. `error` is the code of RFC 6750; `headers` are those beside the challenge."""

    status = 401
    error = ""
    title = ""
    type = BLANK
    scheme = "Bearer"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    def problem(self) -> Problem:
        """The body."""
        code = {"error": self.error} if self.error else {}
        return Problem(self.status, self.detail, title=self.title, type=self.type, extra={**code, **self.extra})

    def parameters(self) -> dict[str, str]:
        """What the challenge says beside the realm; texts need no escapes."""
        return {"error": self.error, "error_description": self.detail} if self.error else {}

    def headers(self, *, realm: str, metadata: str, now: int) -> Headers:
        """The headers of the answer: a challenge for 401 and 403, naming our metadata (RFC 9728 section 5.1)."""
        parameters = {"realm": realm, **self.parameters(), "resource_metadata": metadata}
        stated = ", ".join(f'{name}="{value}"' for name, value in parameters.items())
        return [("WWW-Authenticate", f"{self.scheme} {stated}")]


class MissingCredential(Refusal):
    """401 without an error code: the request has no authentication information that we take (section 3.1)."""

    def __init__(self) -> None:
        super().__init__("Send an API key, an access token or a session token as `Authorization: Bearer ...`.")


class InvalidToken(Refusal):
    """401: unknown, expired, revoked, malformed or not meant for this API; the public is not told which."""

    error = "invalid_token"

    def __init__(self) -> None:
        super().__init__("The credential is invalid, expired, revoked or not meant for this API.")


class UnprovenToken(InvalidToken):
    """401: bound to a key, and sent without the proof, or with that of another key or token (RFC 9449 section 7.1)."""

    scheme = "DPoP"

    def parameters(self) -> dict[str, str]:
        return {**super().parameters(), "algs": ALGORITHMS}


class BadProof(Refusal):
    """401: the proof is malformed, of another request, too old, or was used before."""

    error = "invalid_dpop_proof"
    scheme = "DPoP"

    def __init__(self) -> None:
        super().__init__("The DPoP proof is not good for this request.")

    def parameters(self) -> dict[str, str]:
        return {**super().parameters(), "algs": ALGORITHMS}


class InsufficientScope(Refusal):
    """403: a good credential that may not do this. All that the request needs is named, and what is missing of it."""

    status = 403
    error = "insufficient_scope"

    def __init__(self, required: Iterable[str], granted: Iterable[str]) -> None:
        self.required = sorted(required)
        self.missing = sorted(set(self.required) - set(granted))
        noun = "scope" if len(self.missing) == 1 else "scopes"
        super().__init__(
            f"The credential lacks the {noun} {' '.join(self.missing)}.",
            required_scopes=self.required,
            missing_scopes=self.missing,
        )

    def parameters(self) -> dict[str, str]:
        return {**super().parameters(), "scope": " ".join(self.required)}


class QuotaExceeded(Refusal):
    """429 until the window ends. The limit itself stands in the rate headers, which every answer has."""

    status = 429
    title = "Request quota exceeded"
    type = QUOTA_EXCEEDED

    def __init__(self, limit: RateLimit) -> None:
        super().__init__(
            f"All {limit.limit} requests of this window are used. Retry-After tells when the next one begins.",
            **{"violated-policies": [limit.policy]},
        )
        self.limit = limit

    def headers(self, *, realm: str, metadata: str, now: int) -> Headers:
        return [("Retry-After", str(max(1, self.limit.reset(now))))]


class Unavailable(Refusal):
    """503: the authorization server cannot say whether the credential is good, so nobody is let in."""

    status = 503

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__("The credential cannot be checked at the moment. Try again.")
        self.retry_after = retry_after

    def headers(self, *, realm: str, metadata: str, now: int) -> Headers:
        return [("Retry-After", str(self.retry_after))]
