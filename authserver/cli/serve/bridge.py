"""RSGI to WSGI (PEP 3333), for servers behind proxies.

WSGI turns `X_Forwarded_Proto` and `X-Forwarded-Proto` into one name, so a caller could speak for the proxy. RSGI shows
the names as they came: here every name with an underscore is dropped, the forwarded headers are read by hop count, and
the application finds the result in REMOTE_ADDR, wsgi.url_scheme and HTTP_HOST. The body is read before a thread is
taken, within a bound and a time, so a slow sender holds no thread.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from granian._granian import RSGIHTTPProtocol, RSGIProtocolClosed, RSGIProtocolError
from granian.rsgi import Scope

from authserver.cli.serve import forwarded

BODY_BYTES = 1024 * 1024
BODY_SECONDS = 30.0
THREADS = 64

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]

log = logging.getLogger("authserver.serve")


class BodyTooLarge(Exception):
    """More than BODY_BYTES were announced or sent."""


class Bridge:
    """The WSGI application as granian calls it under RSGI."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, trusted_proxies: int) -> None:
        self._application = application
        self._hops = trusted_proxies
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="wsgi")

    async def __rsgi__(self, scope: Scope, protocol: RSGIHTTPProtocol) -> None:
        try:
            body = await asyncio.wait_for(read_body(scope, protocol), BODY_SECONDS) if has_body(scope) else b""
        except BodyTooLarge:
            status, headers, content = plain(413, "The body is larger than 1 MiB.")
        except TimeoutError:
            status, headers, content = plain(408, "The body did not arrive in time.")
        except (RSGIProtocolClosed, RSGIProtocolError):
            return
        else:
            environ = to_environ(scope, body, hops=self._hops)
            loop = asyncio.get_running_loop()
            status, headers, content = await loop.run_in_executor(self._threads, self._answer, environ)
        protocol.response_bytes(status, headers, content)

    def _answer(self, environ: dict[str, Any]) -> Answer:
        try:
            return call(self._application, environ)
        except Exception:
            log.exception("the application raised")
            return plain(500, "Internal Server Error")


def has_body(scope: Scope) -> bool:
    """RFC 9112 section 6.3; most requests have none, and no timer is started for them."""
    return "content-length" in scope.headers or "transfer-encoding" in scope.headers


async def read_body(scope: Scope, protocol: RSGIHTTPProtocol) -> bytes:
    """All of it; an announced excess is refused before a byte is read."""
    length = scope.headers.get("content-length", "0")
    if length.isdigit() and int(length) > BODY_BYTES:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in protocol:
        body += chunk
        if len(body) > BODY_BYTES:
            raise BodyTooLarge
    return bytes(body)


def to_environ(scope: Scope, body: bytes, *, hops: int) -> dict[str, Any]:
    """PEP 3333; unlike granian's own WSGI it holds nothing of the process environment."""
    sent = [(name, value) for name, value in scope.headers.items() if "_" not in name]
    origin = forwarded.origin(sent, hops=hops)
    server_name, _, server_port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # The bytes of the path, each as one character.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server_name.strip("[]"),
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_SOFTWARE": "Granian",
        "REMOTE_ADDR": origin.address or scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": origin.scheme or scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    environ.update(header_variables(sent))
    # The body is whole by now: it has a length, however it was sent.
    environ["CONTENT_LENGTH"] = str(len(body))
    if origin.host:
        environ["HTTP_HOST"] = origin.host
    if origin.certificate:
        environ["authserver.client_certificate"] = origin.certificate
    return environ


def header_variables(sent: Headers) -> dict[str, str]:
    """Repeated fields are joined as RFC 9110 section 5.3 and, for cookies, RFC 9113 section 8.2.3 have it."""
    variables: dict[str, str] = {}
    for name, value in sent:
        if name in forwarded.NAMES or name in {"content-length", "transfer-encoding"}:
            continue
        key = "CONTENT_TYPE" if name == "content-type" else "HTTP_" + name.upper().replace("-", "_")
        separator = "; " if name == "cookie" else ","
        variables[key] = f"{variables[key]}{separator}{value}" if key in variables else value
    return variables


def call(application: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> Answer:
    """Run the application to its end; its answer is sent whole, so an error half way still becomes a 500."""
    started: list[tuple[int, Headers]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], None]:
        started[:] = [(int(status.split(" ", 1)[0]), headers)]
        return written.append

    chunks = application(environ, start_response)
    try:
        written.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    return status, headers, b"".join(written)


def plain(status: int, text: str) -> Answer:
    """An answer that the application had no part in."""
    return status, [("content-type", "text/plain; charset=utf-8")], text.encode()
