"""Walking through the playground as a browser does: its links and its forms, and nothing made up."""

import html
import re
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.forms import Form, forms
from tests.pages.people import Browser, person


class Walk:
    """Somebody signed in, at the playground."""

    def __init__(self, app: Flask) -> None:
        self.user = person(app)
        self.at = Browser(app)
        self.at.sign_in(self.user)

    def build(self, *scopes: str) -> TestResponse:
        """The page with the request."""
        form = self.form(self.at.get("/playground").text, "/playground/request")
        assert set(scopes) <= set(form.choices["scope"])
        self.at.post(form.action, {**form.values, "scope": list(scopes)})
        return self.at.get("/playground/request")

    def follow(self, page: TestResponse, label: str) -> TestResponse:
        """Open the link of the page, and what it redirects to, up to the first page that asks something."""
        url = re.search(rf'href="([^"]+)"[^>]*>{re.escape(label)}<', page.text) or re.search(
            rf'href="([^"]+)" aria-label="[^"]*{re.escape(label)}"', page.text
        )
        assert url, label
        return self.open(html.unescape(url[1]))

    def open(self, url: str) -> TestResponse:
        answer = self.at.get(url)
        while answer.status_code == 303:
            parts = urlsplit(answer.headers["Location"])
            answer = self.at.get(f"{parts.path}?{parts.query}")
        return answer

    def allow(self, page: TestResponse) -> TestResponse:
        """Answer the consent page; the callback."""
        form = self.form(page.text, "/consent")
        answer = self.at.post(form.action, {**form.values, "decision": "allow"})
        return self.open(answer.headers["Location"])

    def press(self, page: TestResponse, action: str, **wanted: str) -> TestResponse:
        """Send the form of a button; `wanted` tells apart several with the same action."""
        form = self.form(page.text, action, **wanted)
        return self.at.post(form.action, form.values)

    @staticmethod
    def form(page: str, action: str, **wanted: str) -> Form:
        found = [form for form in forms(page) if form.action == action]
        chosen = [form for form in found if form.values.get("break") == wanted.get("break")]
        assert chosen, (action, wanted, [form.action for form in forms(page)])
        return chosen[0]

    def tokens(self, *scopes: str) -> TestResponse:
        """The page after the exchange."""
        callback = self.allow(self.follow(self.build(*scopes), "Open it, as the browser would"))
        return self.press(callback, "/playground/token")
