"""Requests and answers over HTTP, with the key in the header and a second try after 429."""

import json
import re
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from realmkit.errors import APIConnectionError, error_of
from realmkit.waiting import pause

_KEY = re.compile(r"[!-~]+")


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the key to another place; here it is an error like any other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Transport:
    """One API with one key."""

    def __init__(
        self,
        *,
        key: str,
        base_url: str,
        timeout: float,
        max_retries: int,
        max_wait: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not _KEY.fullmatch(key):
            raise ValueError("api_key has characters that a key cannot have")
        if not base_url.startswith(("https://", "http://")):
            raise ValueError("base_url must begin with https://")
        self._key = key
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._max_retries = max_retries
        self._max_wait = max_wait
        self._sleep = sleep
        self._opener = build_opener(_NoRedirects)

    def json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object that is answered. Raises APIError, APIConnectionError."""
        document = _document(self.content(method, path, body))
        if document is None:
            raise APIConnectionError(f"{method} {path}: the answer is not a JSON object")
        return document

    def content(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        """The body that is answered. Raises APIError, APIConnectionError."""
        attempt = 0
        while True:
            status, headers, content = self._once(method, path, body)
            if 200 <= status < 300:
                return content
            wait = pause(attempt, headers.get("retry-after"))
            if status != 429 or attempt >= self._max_retries or wait > self._max_wait:
                raise error_of(status, _document(content) or {}, headers)
            self._sleep(wait)
            attempt += 1

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, dict[str, str], bytes]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = Request(self._base_url + path, data=data, headers=headers, method=method)
        try:
            try:
                response = self._opener.open(request, timeout=self._timeout)
            except HTTPError as error:
                response = error
            with response:
                stated = {name.lower(): value for name, value in response.headers.items()}
                return response.status, stated, response.read()
        except (OSError, HTTPException) as error:
            raise APIConnectionError(f"{method} {path}: {error}") from error


def _document(content: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
