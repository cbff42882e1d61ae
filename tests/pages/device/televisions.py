"""A device that shows a code, and the person who types it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.models.clients import Client
from authserver.oauth.device import GRANT_TYPE
from tests.forms import forms
from tests.pages.people import Browser, person

SCOPE = "openid read:realms write:realms delete:realms offline_access"
ELSEWHERE = "203.0.113.7"


class Seat(Browser):
    """A browser in which somebody is signed in."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.user = person(app)
        self.sign_in(self.user)


@dataclass(frozen=True, slots=True)
class Television:
    """A device that has asked, and shows a code."""

    http: FlaskClient
    client: Client
    codes: dict[str, str]

    @property
    def code(self) -> str:
        return self.codes["user_code"]

    def poll(self) -> TestResponse:
        sent = {"client_id": self.client.client_id, "device_code": self.codes["device_code"]}
        return self.http.post("/token", data={"grant_type": GRANT_TYPE, **sent})

    @property
    def error(self) -> str | None:
        return self.poll().json.get("error")  # type: ignore[union-attr]

    @property
    def granted(self) -> str:
        return str(self.poll().json["scope"])  # type: ignore[index]


Begin = Callable[..., Television]


def type_in(at: Seat, code: str) -> TestResponse:
    return at.send("/device", user_code=code)


def look(at: Seat, code: str) -> TestResponse:
    return at.get("/device", query_string={"user_code": code})


def press(at: Seat, page: TestResponse, decision: str | None, **changes: Any) -> TestResponse:
    """Send the form of the question."""
    (form,) = [form for form in forms(page.text) if form.action == "/device"]
    return at.post("/device", {**form.values, **({"decision": decision} if decision else {}), **changes})


def answer(at: Seat, code: str, decision: str, **changes: Any) -> TestResponse:
    return press(at, look(at, code), decision, **changes)
