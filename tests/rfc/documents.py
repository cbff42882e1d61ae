"""Hosts of Client ID Metadata Documents: a real server behind TLS, whose answers a test changes as it likes."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from flask import Flask

from authserver.models.clients import Client
from tests.relying_party import RelyingParty
from tests.rfc.logout import HOST, certificate

LOOPBACK = "http://127.0.0.1:50123/cb"


class Handler(BaseHTTPRequestHandler):
    """Answers what it was told to."""

    server: "Listening"

    def do_GET(self) -> None:
        host = self.server.host
        host.asked.append(self.path)
        host.before_answers()
        status, headers, body = host.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silently."""


class Listening(ThreadingHTTPServer):
    daemon_threads = True
    host: "DocumentHost"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up early is no error of a test."""


@dataclass
class DocumentHost:
    """Documents by path, and the paths that were asked for."""

    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    before_answers: Callable[[], None] = lambda: None
    _numbers: int = 0

    def url(self, path: str) -> str:
        return f"https://{HOST}:{self.port}{path}"

    def client(self, path: str | None = None, **members: Any) -> str:
        """Publish the document of a native client; its client_id. A member that is None is left out."""
        if path is None:
            self._numbers += 1
            path = f"/clients/{self._numbers}.json"
        url = self.url(path)
        document = {"client_id": url, "client_name": "Inspector", "redirect_uris": ["http://127.0.0.1/cb"], **members}
        self.say(path, {name: value for name, value in document.items() if value is not None})
        return url

    def say(self, path: str, body: Any, *, status: int = 200, **headers: str) -> None:
        """What this path answers from now on; keyword `cache_control` is the header."""
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, encoded)

    def settings(self) -> dict[str, Any]:
        """What a server needs to reach it."""
        return {"fetch_allow": HOST, "ca_bundle": certificate(self.folder)}


@contextmanager
def hosting(folder: Path) -> Iterator[DocumentHost]:
    """A host that is up."""
    host = DocumentHost(folder)
    listening = Listening((HOST, 0), Handler)
    host.port, listening.host = listening.server_address[1], host
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield host
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(10)


def party(app: Flask, url: str, redirect_uri: str = LOOPBACK) -> RelyingParty:
    """A client that nobody has registered: it only has its URL."""
    now = 0
    client = Client(
        client_id=url, type="native", name="", owner_id=None, redirect_uris=(redirect_uri,),
        post_logout_redirect_uris=(), allowed_origins=(), grant_types=(), response_types=(),
        scope="openid offline_access read:realms", token_endpoint_auth_method="none", require_pkce=True,
        access_token_format="jwt",
        access_token_signed_response_alg=None, id_token_signed_response_alg="RS256", trusted=False,
        allow_scope_deselect=False, audience=None, environment="live", meter=False, details={}, created_at=now,
        updated_at=now, disabled_at=None,
    )  # fmt: skip
    return RelyingParty(app.test_client(), client)


def is_unknown(reply: RelyingParty) -> bool:
    """The error page, and no redirect."""
    assert reply.reply is not None
    return reply.reply.status_code == 400 and not reply.answer
