"""Clients that know people by another name, and what is said to them in their own keys."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from tests.relying_party import Local

Key = ECKey | RSAKey | OKPKey
#: One of each kind that can be encrypted to: made once, because an RSA key takes its time.
KEYS: Mapping[str, Key] = {
    "RSA-OAEP-256": RSAKey.generate_key(2048, {"kid": "for RSA", "use": "enc"}),
    "ECDH-ES": ECKey.generate_key("P-256", {"kid": "for agreement", "use": "enc"}),
    "ECDH-ES+A256KW": OKPKey.generate_key("X25519", {"kid": "for X25519"}),
}
ENCRYPTIONS = ("A128CBC-HS256", "A256GCM")


def public(*keys: Key) -> dict[str, Any]:
    """A JWK Set as a client registers it."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def opened(token: str, key: Key, *, alg: str, enc: str) -> str:
    """What stands in a JWE, by exactly these algorithms."""
    found = jwe.decrypt_compact(token, key, algorithms=[alg, enc])
    assert (found.headers()["alg"], found.headers()["enc"]) == (alg, enc)
    assert found.plaintext is not None
    return found.plaintext.decode()


def verified(token: str, machine: Local, *, alg: str, typ: str) -> dict[str, Any]:
    """The claims of a JWT that this server has signed by its published keys."""
    keys = KeySet.import_key_set(machine.send("GET", "/.well-known/jwks.json", body=None, headers={}).json)
    found = jwt.decode(token, keys, algorithms=[alg])
    assert (found.header["alg"], found.header["typ"]) == (alg, typ)
    return dict(found.claims)


class Elsewhere:
    """A client's own web server: what stands at each path, and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        self.status = 200


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """It listens on loopback: an application that may ask it has the setting `fetch_allow`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            found = site.documents.get(self.path)
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(site.status if found is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Elsewhere(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
