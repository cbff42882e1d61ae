"""Who is at the other end of a request, as far as a browser tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """`browser` is the digest of the long-lived browser cookie, which outlasts sessions (decision 34)."""

    address: str
    user_agent: str
    browser: str
