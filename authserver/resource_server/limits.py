"""Rate limits as an API tells them: draft-ietf-httpapi-ratelimit-headers and the X-RateLimit family."""

import re
from dataclasses import dataclass

_UNPRINTABLE = re.compile(r"[^ -~]")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What is left of a quota. `resets_at` is in epoch seconds, so that the answer may be kept for a while."""

    policy: str
    limit: int
    window: int
    remaining: int
    resets_at: int
    exceeded: bool

    def reset(self, now: int) -> int:
        """Seconds until the window ends."""
        return max(0, self.resets_at - now)

    def headers(self, now: int) -> list[tuple[str, str]]:
        """Both families. None once the window is over: what was left of it says nothing about the next."""
        if self.resets_at < now:
            return []
        name = _string(self.policy)
        return [
            ("RateLimit-Policy", f"{name};q={self.limit};w={self.window}"),
            ("RateLimit", f"{name};r={self.remaining};t={self.reset(now)}"),
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(self.remaining)),
            ("X-RateLimit-Reset", str(self.resets_at)),
        ]


def _string(text: str) -> str:
    """A String of structured fields (RFC 9651 section 3.3.3); what it cannot hold becomes `?`."""
    escaped = _UNPRINTABLE.sub("?", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
