"""A person at a browser on the way to one application."""

from flask import Flask

from authserver.models.clients import Client
from tests.pages.people import Browser
from tests.relying_party import RelyingParty

HALF_AN_HOUR = 1800
SCOPE = "openid read:realms"
TRUSTED = {"trusted": True, "scope": SCOPE}


class Visit(RelyingParty):
    """A person at a browser on the way to one application; several tabs of a browser are several visits."""

    def __init__(self, app: Flask, at: Browser, client: Client, secret: str = "") -> None:
        super().__init__(at.client, client, secret)
        self.app, self.browser = app, at

    @property
    def request_id(self) -> str:
        assert self.reply is not None
        return self.reply.path.partition("req=")[2].partition("&")[0]

    @property
    def page(self) -> str:
        assert self.reply is not None
        return self.reply.text

    def go(self, path: str) -> "Visit":
        self._browse("GET", path)
        return self

    def press(self, action: str, **fields: str) -> "Visit":
        """Send the form of the page that goes to this path."""
        self._submit(action, fields)
        return self

    def is_stale(self) -> bool:
        return self.reply is not None and self.reply.status_code == 400
