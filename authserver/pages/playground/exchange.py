"""One request to a machine endpoint of this server, as it goes over the wire, and its answer."""

import contextvars
import io
import json
import shlex
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import current_app, request

from authserver.browser.server import settings

#: Headers of an answer that say something about the protocol.
TOLD = ("content-type", "cache-control", "www-authenticate", "retry-after", "x-request-id")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. `said`: what it was for."""

    said: str
    method: str
    path: str
    fields: tuple[tuple[str, str], ...]
    bearer: str | None
    client: str | None  # that authenticated with Basic; its secret is never shown
    status: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def good(self) -> bool:
        return self.status.startswith("2")

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object of the answer; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def error(self) -> str | None:
        """The code of the error, if it is one."""
        code = self.document.get("error")
        return code if isinstance(code, str) else None

    @property
    def trace_id(self) -> str:
        return dict(self.headers).get("X-Request-Id", "")

    @property
    def request_text(self) -> str:
        """As it is sent."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {urlsplit(settings().issuer).netloc}"]
        if self.client is not None:
            lines.append(f"Authorization: Basic base64({self.client}:$API_SECRET)")
        if self.bearer is not None:
            lines.append(f"Authorization: Bearer {self.bearer}")
        if self.fields:
            lines += [f"Content-Type: {FORM}", "", *_broken(self.fields)]
        return "\n".join(lines)

    @property
    def answer_text(self) -> str:
        """As it comes back; JSON is indented for reading."""
        told = [f"{name}: {value}" for name, value in self.headers if name.lower() in TOLD]
        body = json.dumps(self.document, indent=2, ensure_ascii=False) if self.document else self.body
        return "\n".join([f"HTTP/1.1 {self.status}", *told, "", body]).strip()

    @property
    def curl(self) -> str:
        """The same from a terminal."""
        parts = [f"curl -i {shlex.quote(settings().issuer + self.path)}"]
        if self.client is not None:
            parts.append(f'-u "{self.client}:$API_SECRET"')
        if self.bearer is not None:
            parts.append(f"-H {shlex.quote('Authorization: Bearer ' + self.bearer)}")
        parts += [f"-d {shlex.quote(f'{name}={value}')}" for name, value in self.fields]
        return " \\\n  ".join(parts)


def send(
    said: str,
    path: str,
    fields: Iterable[tuple[str, str]] = (),
    *,
    bearer: str | None = None,
    basic: tuple[str, str] | None = None,
) -> Exchange:
    """Ask our own wire: a POST with these fields, or without any a GET.

    It runs in a context of its own: its unit of work is committed before this page goes on, as it is for any client.
    """
    sent = tuple(fields)
    body = urlencode(sent).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if sent else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REMOTE_ADDR": request.remote_addr or "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": urlsplit(settings().issuer).scheme,
        "wsgi.input": io.BytesIO(body),
    }
    if sent:
        environ |= {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(body))}
    if bearer is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {bearer}"
    if basic is not None:
        environ["HTTP_AUTHORIZATION"] = _basic(*basic)
    status, headers, answer = contextvars.Context().run(_ask, current_app.wsgi_app, environ)
    client = basic[0] if basic is not None else None
    return Exchange(said, environ["REQUEST_METHOD"], path, sent, bearer, client, status, headers, answer)


def _ask(application: Any, environ: dict[str, Any]) -> tuple[str, tuple[tuple[str, str], ...], str]:
    began: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        began[:] = [status, tuple(headers)]

    body = b"".join(application(environ, start_response))
    return began[0], began[1], body.decode()


def _basic(user: str, password: str) -> str:
    # Both halves hold no character that RFC 6749 section 2.3.1 would have encoded.
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _broken(fields: tuple[tuple[str, str], ...]) -> list[str]:
    """The form on several lines, as people read it; it is sent on one."""
    encoded = [urlencode([field]) for field in fields]
    return [f"{'&' if position else ''}{text}" for position, text in enumerate(encoded)]
