"""Debian's nginx with the very configuration of `docs/gateways.md`, in front of a toy API."""

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.conftest import program_at
from tests.processes import CHECKOUT, free_port

READY_WITHIN = 20
DOCUMENT = CHECKOUT / "docs" / "gateways.md"
AROUND = """
daemon off;
worker_processes 1;
{user}
pid {directory}/nginx.pid;
error_log {directory}/error.log info;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{block}
}}
"""


def recipe() -> str:
    """The block of the document."""
    found = re.findall(r"^```nginx\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent; `/v1/broken` is an error of its own."""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        seen = {"method": self.command, "path": self.path, "headers": dict(self.headers.items()), "body": body}
        content = json.dumps(seen).encode()
        self.send_response(500 if self.path == "/v1/broken" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@contextmanager
def toy_api() -> Iterator[int]:
    """Its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def nginx(directory: Path, *, authserver: str) -> Iterator[str]:
    """The URL of an nginx that runs the recipe, ended by its own process id."""
    program, port = program_at("nginx"), free_port()
    assert program is not None, "mark the test with `nginx`"
    with toy_api() as api:
        places = {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{urlsplit(authserver).port};",
            "server 127.0.0.1:9000;": f"server 127.0.0.1:{api};",
            "listen 127.0.0.1:8080;": f"listen 127.0.0.1:{port};",
            "/var/log/nginx/api.log": f"{directory}/access.log",
        }
        block = recipe()
        for place, ours in places.items():
            assert block.count(place) == 1, place
            block = block.replace(place, ours)
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = directory / "nginx.conf"
        configuration.write_text(AROUND.format(directory=directory, user=user, block=block))
        with (directory / "nginx.out").open("wb") as log:
            call = [program, "-p", str(directory), "-e", str(directory / "error.log"), "-c", str(configuration)]
            process = subprocess.Popen(call, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}", process, directory)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(READY_WITHIN)


def _wait(url: str, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, (directory / "nginx.out").read_text() + (directory / "error.log").read_text()
        try:
            requests.get(url, timeout=2)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")
