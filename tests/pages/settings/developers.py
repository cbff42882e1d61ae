"""Signed-in developers, and what they find in the settings."""

import html
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.test import TestResponse

from authserver.models import api_keys, audit_events, clients
from authserver.models.api_keys import ApiKey
from authserver.models.audit_events import AuditEvent
from authserver.models.clients import Client
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from tests.forms import Form, forms
from tests.pages.people import Browser, commit
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

KEYS, NEW_KEY = "/settings/api-keys", "/settings/api-keys/new"
APPS, NEW_APP = "/settings/apps", "/settings/apps/new"
CALLBACK = "https://client.example/callback"
KEY = re.compile(r"rk_(?:live|test)_[0-9A-Za-z]{32}")
SECRET = re.compile(r'<input[^>]*value="(cs_[^"]+)"[^>]*data-secret')
FORM = "application/x-www-form-urlencoded"


class Developer(Browser):
    """A signed-in person who fills in the forms of the settings."""

    user: User

    def form(self, page: str, action: str) -> Form:
        """The form on this page that goes there."""
        found = [form for form in forms(self.get(page).text) if form.action == action]
        assert found, f"no form for {action} on {page}"
        return found[0]

    def fill(self, action: str, *, on: str | None = None, **fields: object) -> TestResponse:
        """Send that form with these fields changed; None leaves one out, a list repeats it."""
        values = {**self.form(on or action, action).values, **fields}
        return self.post(action, {name: value for name, value in values.items() if value is not None})


MakeDeveloper = Callable[..., Developer]


def key_of(answer: TestResponse) -> str:
    """What stands in `[data-secret]`."""
    found = re.findall(r'<input[^>]*value="([^"]*)"[^>]*data-secret', answer.text)
    assert len(found) == 1, answer.text
    return html.unescape(found[0])


def keys_of(house: "House", at: Developer) -> list[ApiKey]:
    with unit_of_work(house.database):
        return api_keys.every(user_id=at.user.id)


def events_of(app: Flask, at: Developer, tag: str) -> list[AuditEvent]:
    events = commit(app, lambda: audit_events.latest(limit=100, user_id=at.user.id))
    return [event for event in events if event.tag == tag]


def secret_of(page: str) -> str:
    found = SECRET.findall(page)
    assert len(found) == 1, page
    return str(found[0])


def own_apps(house: "House", at: Developer) -> list[Client]:
    with unit_of_work(house.database):
        return clients.every(owner_id=at.user.id)


def found(house: "House", client: Client) -> Client | None:
    with unit_of_work(house.database):
        return clients.find(client.client_id)


def page_of(client: Client, action: str = "") -> str:
    return f"{APPS}/{client.client_id}{action}"


def works(app: Flask, client: Client, secret: str) -> bool:
    """Whether the client can authenticate with it."""
    status = RelyingParty(app.test_client(), client, secret).introspect("no token at all").status_code
    assert status in {200, 401}
    return status == 200


def without_trace(page: str) -> str:
    """An error page without what differs from one time to the next."""
    head, mark, tail = page.partition("<dl")
    return head + mark + tail.partition("</dl>")[2]
