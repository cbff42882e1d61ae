"""How requests get to the server: through Flask's test client, or over real HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
from flask.testing import FlaskClient


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered. `path` is where it was asked."""

    path: str
    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> str | None:
        """The `error` of a JSON body."""
        return self.json.get("error")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Transport(Protocol):
    """One browser or one machine; keeps cookies, follows no redirect."""

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply: ...


class Local:
    """Flask's test client."""

    def __init__(self, http: FlaskClient) -> None:
        self._http = http

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply:
        answer = self._http.open(path, method=method, data=body, headers=dict(headers))
        return Reply(path, answer.status_code, answer.headers, answer.text)


class Remote:
    """A server at this URL, over real HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply:
        answer = self._session.request(
            method, self.url + path, data=body, headers=dict(headers), allow_redirects=False, timeout=30
        )
        return Reply(path, answer.status_code, answer.headers, answer.text)

    def close(self) -> None:
        self._session.close()
