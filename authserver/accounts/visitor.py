"""Who is at the other end of a request, as far as a browser tells."""

from dataclasses import dataclass

from authserver.accounts.device import recognised


@dataclass(frozen=True, slots=True)
class Visitor:
    """`browser` is the digest of the long-lived browser cookie, which outlasts sessions (decision 34)."""

    address: str
    user_agent: str
    browser: str

    @property
    def device(self) -> tuple[str, str]:
        """Browser and system by name, as an audit event keeps them."""
        found = recognised(self.user_agent)
        return found.browser, found.system
