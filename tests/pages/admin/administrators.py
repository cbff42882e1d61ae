"""Administrators at their browsers, and the same on the command line."""

import html
import re
import shlex
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from authserver.models import audit_events
from authserver.models.audit_events import AuditEvent, Wanted
from authserver.models.listing import Part
from authserver.models.users import User
from tests.cli.conftest import Cli, Done
from tests.factories import PASSWORD, make_user
from tests.forms import Form, forms
from tests.pages.people import Browser, commit

#: Longer than a password proves who sits there, shorter than a session lives without a request.
A_WHILE = 700
#: Tags of signing in: they come beside every change that asks for the password.
SIGNING_IN = frozenset({"user.signed_in", "user.sign_in_failed", "user.reauthenticated"})


class Administrator(Browser):
    """A signed-in administrator who fills in the forms of `/admin`."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.app = app
        self.user, _ = make_user(app.extensions["authserver.house"], is_admin=True)
        assert self.sign_in(self.user, PASSWORD).status_code == 303

    def form(self, path: str) -> Form:
        """The form of this page that is sent to the page itself."""
        page = self.get(path)
        found = [form for form in forms(page.text) if urlsplit(form.action).path == urlsplit(path).path]
        assert found, f"{path}: {page.status_code}\n{page.text}"
        return found[0]

    def carry_out(self, path: str, **fields: Any) -> TestResponse:
        """Load the page and confirm it, with these fields changed."""
        form = self.form(path)
        return self.post(form.action, {**form.values, **fields})

    def done(self, path: str, **fields: Any) -> str:
        """The same; it must succeed. The page that follows."""
        answer = self.carry_out(path, **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.location).text

    def command(self, path: str) -> list[str]:
        """What the page says is the same on the command line, without the name of the program."""
        shown = re.search(r'<code id="cli">(.*?)</code>', self.get(path).text, re.DOTALL)
        assert shown, f"{path} shows no command"
        words = shlex.split(html.unescape(shown.group(1)))
        assert words[0] == "authserver"
        return words[1:]

    def on_the_command_line(self, cli: Cli, path: str) -> Done:
        """Run that command; it must succeed."""
        done = cli(*self.command(path))
        assert done.code == 0, done.err
        return done


MakeAdministrator = Callable[[], Administrator]


def events(app: Flask, **wanted: Any) -> list[AuditEvent]:
    """The events whose columns have these values, newest first; without those of signing in."""
    # Not merely the newest of all: other tests leave events in a future that they travelled to.
    found = commit(app, lambda: audit_events.search(Wanted(**wanted), Part(limit=1000)))
    return [event for event in found.items if event.tag not in SIGNING_IN]


def change_of(app: Flask, at: Administrator, about: User | None = None) -> AuditEvent:
    """The one event that this administrator has caused (AD7)."""
    (event,) = events(app, actor=at.user.id, **({} if about is None else {"user_id": about.id}))
    assert event.address == at.environ["REMOTE_ADDR"] or event.client_id
    return event
