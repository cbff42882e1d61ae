"""Limits as response headers: the draft's and the widespread ones (draft-ietf-httpapi-ratelimit-headers)."""

from authserver import clock
from authserver.limits.limiter import Allowance

DEGRADED = ("X-RateLimit-Degraded", "local")


def headers(policy: str, allowance: Allowance) -> list[tuple[str, str]]:
    """`t` counts from now, X-RateLimit-Reset is a time."""
    found = [
        ("RateLimit-Policy", f'"{policy}";q={allowance.limit};w={allowance.window}'),
        ("RateLimit", f'"{policy}";r={allowance.remaining};t={allowance.reset}'),
        ("X-RateLimit-Limit", str(allowance.limit)),
        ("X-RateLimit-Remaining", str(allowance.remaining)),
        ("X-RateLimit-Used", str(allowance.used)),
        ("X-RateLimit-Reset", str(clock.now() + allowance.reset)),
    ]
    if allowance.degraded:
        found.append(DEGRADED)
    return found


def retry_after(allowance: Allowance) -> tuple[str, str]:
    """For a refusal: not earlier than the window ends."""
    return "Retry-After", str(allowance.reset)
