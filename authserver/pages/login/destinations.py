"""Where a login leads: back into a stored authorization, or to a page of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from authserver import clock
from authserver.browser import headers, targets, transaction
from authserver.browser.transaction import Remains
from authserver.models.authorization_requests import AuthorizationRequest
from authserver.oauth.restart import Standing


@dataclass(frozen=True, slots=True)
class Destination:
    """`found` is what there is of the authorization `req`, in whatever state."""

    req: str | None
    found: Remains | None
    next: str

    @property
    def request(self) -> AuthorizationRequest | None:
        """The authorization, if it waits in this browser."""
        return self.found.request if self.found is not None and self.found.standing is Standing.OPEN else None

    @property
    def stale(self) -> bool:
        return self.req is not None and self.request is None

    @property
    def url(self) -> str:
        return "/authorize?" + urlencode({"req": self.req}) if self.req else self.next

    @property
    def login_url(self) -> str:
        return "/login?" + urlencode({"req": self.req} if self.req else {"next": self.next})

    @property
    def client_name(self) -> str | None:
        return self.found.client.name if self.found is not None else None

    @property
    def environment(self) -> str:
        """Of the application: the line on top of the page."""
        return "test" if self.found is not None and self.found.client.environment == "test" else "live"

    @property
    def login_hint(self) -> str | None:
        """What the application knows of the person (OpenID Connect Core section 3.1.2.1)."""
        hint = self.request.parameters.get("login_hint") if self.request is not None else None
        return hint if isinstance(hint, str) else None

    @property
    def seconds_open(self) -> int | None:
        """For how long the page can be used, where that ends (WCAG 2.2.1)."""
        return self.request.expires_at - clock.now() if self.request is not None else None


def of(values: Mapping[str, str]) -> Destination:
    """What the page was asked with, or its form carries."""
    req, target = values.get("req") or None, targets.own(values.get("next"))
    if req is None:
        return Destination(None, None, target)
    headers.within_authorization()
    return Destination(req, transaction.remains(req), target)
