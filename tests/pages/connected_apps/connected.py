"""An application that its user has allowed, for tests of what the user can take back."""

import re
from collections.abc import Callable
from typing import Any

from authserver.models.users import User
from tests.forms import forms
from tests.relying_party import FORM, Credentials, RelyingParty, Reply, encoded

PAGE = "/account/apps"
SCOPE = "openid offline_access read:realms"


class Connected(RelyingParty):
    """A client that its user has allowed, and that has redeemed its code."""

    user: User

    @property
    def page(self) -> str:
        return f"{PAGE}/{self.client.client_id}"

    def see(self, path: str = "") -> Reply:
        """A page in the user's browser; by default that of this application."""
        return self.transport.send("GET", path or self.page, body=None, headers={})

    def apps(self) -> str:
        return self.see(PAGE).text

    def remove(self, client_id: str = "", **changes: Any) -> Reply:
        """Press the button of this client, or send its form for another one."""
        (form,) = [form for form in forms(self.apps()) if form.action == f"{self.page}/revoke"]
        path = f"{PAGE}/{client_id or self.client.client_id}/revoke"
        return self.send(path, {**form.values, **changes})

    def take_back(self, scope: str, /, *, client_id: str = "", **changes: Any) -> Reply:
        """Go through the page that asks, and press its button; or send its form for another scope or client."""
        asked = self.see(f"{self.page}/scope?{encoded({'scope': scope})}")
        if asked.status_code != 200:
            return asked
        (form,) = [form for form in forms(asked.text) if form.action == f"{self.page}/scope"]
        return self.send(f"{PAGE}/{client_id or self.client.client_id}/scope", {**form.values, **changes})

    def is_active(self, token: str, api: Credentials) -> bool:
        return bool(self.introspect(token, as_=api).json["active"])

    def scope_of(self, token: str, api: Credentials) -> set[str] | None:
        """What an API is told that the token may do; None when it is not good."""
        said = self.introspect(token, as_=api).json
        return set(said["scope"].split()) if said["active"] else None

    def send(self, path: str, fields: dict[str, Any]) -> Reply:
        """A form, from the user's browser."""
        return self.transport.send("POST", path, body=encoded(fields), headers={"Content-Type": FORM})


MakeConnected = Callable[..., Connected]


def card(page: str, name: str) -> str:
    """What the page says of one application, without tags."""
    (found,) = [part for part in page.split('<li class="card stack">')[1:] if f"<bdi>{name}</bdi></h2>" in part]
    return in_words(found)


def in_words(page: str) -> str:
    """A page without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def without_trace(page: str) -> str:
    """An error page without what differs from request to request: trace and form token."""
    head, mark, tail = page.partition("<dl")
    return re.sub(r'value="[^"]+"', "", head + mark + tail.partition("</dl>")[2])
