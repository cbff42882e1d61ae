"""An authorization server that answers what it is told to, by the contract, and remembers what it was asked."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

AUDIENCE = "https://api.example/realms"
GOOD = "good-token"
INACTIVE = {"active": False}


def claims(**changes: Any) -> dict[str, Any]:
    """An active answer of the contract."""
    known = {
        "active": True,
        "token_type": "Bearer",
        "token_use": "api_key",
        "scope": "read:realms download:realms",
        "client_id": "realmkit-api-keys",
        "sub": "usr_ada",
        "username": "ada",
        "aud": ["http://issuer.example", AUDIENCE],
        "key_id": "key_1",
        "environment": "live",
        "tier": "standard",
        "cache_ttl": 0,
    }
    return {**known, **changes}


def rate_limit(*, remaining: int, exceeded: bool = False, reset: int = 1740) -> dict[str, Any]:
    return {"limit": 1000, "window": 3600, "remaining": remaining, "reset": reset, "exceeded": exceeded}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `peer` tells connections apart."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]
    peer: Any

    @property
    def basic(self) -> str:
        return b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


@dataclass
class FakeServer:
    """What it knows (`tokens`), or says whatever it is asked (`instead`: status, headers, body)."""

    url: str = ""
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    instead: tuple[int, dict[str, str], bytes] | None = None
    hangs_up: bool = False  # closes every connection after its answer without having said so
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(asked)
        if self.instead is not None:
            return self.instead
        return 200, {}, json.dumps(self.tokens.get(asked.form.get("token", ""), INACTIVE)).encode()

    @property
    def forms(self) -> list[Mapping[str, str]]:
        return [asked.form for asked in self.asked]


@contextmanager
def running() -> Iterator[FakeServer]:
    """Serve on loopback."""
    fake = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, dict(parse_qsl(body)), self.client_address)
            status, stated, content = fake.answer(asked)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **stated}.items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # who asked may have given up
                self.end_headers()
                self.wfile.write(content)
            self.close_connection = self.close_connection or fake.hangs_up

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        fake.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
