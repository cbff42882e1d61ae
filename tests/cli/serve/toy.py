"""A WSGI application for the server process to serve, and the command that serves it.

`python -m tests.cli.serve.toy 127.0.0.1:0 --workers 2` prints the URL when it is ready and ends as `serve` ends.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from authserver.cli.serve import Listen, serve, supervisor

Start = Callable[[str, list[tuple[str, str]]], Any]
TARGET = "tests.cli.serve.toy:make()"


def make() -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """The factory: slow or broken when the file named by the environment says so."""
    switch = Path(os.environ.get("TOY_SWITCH", "/nonexistent"))
    word = switch.read_text() if switch.exists() else ""
    if word == "broken":
        raise RuntimeError("the toy is broken")
    if word.startswith("slow"):
        time.sleep(float(word.removeprefix("slow")))
    return toy


def toy(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    path, query = environ["PATH_INFO"], parse_qs(environ["QUERY_STRING"])
    body = environ["wsgi.input"].read()
    if "log" in query:
        with open(os.environ["TOY_LOG"], "a") as log:
            log.write(query["log"][0] + "\n")
    if "sleep" in query:
        time.sleep(float(query["sleep"][0]))
    if path == "/raise":
        raise RuntimeError("asked to")
    seen = {name: value for name, value in environ.items() if isinstance(value, str) and name not in os.environ}
    answer = json.dumps({"pid": os.getpid(), "body": body.decode("latin-1"), "environ": seen}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    start("200 OK", [*headers, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("listen", type=Listen.parse)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--proxies", type=int, default=0)
    parser.add_argument("--replace", action="store_true")
    parser.add_argument("--grace", type=float, default=10.0)
    given = parser.parse_args()
    vars(supervisor)["GRACE_SECONDS"] = given.grace
    return serve(
        listen=given.listen,
        workers=given.workers,
        target=TARGET,
        trusted_proxies=given.proxies,
        replace=given.replace,
        ready=lambda listen: print(listen.url, flush=True),
    )


if __name__ == "__main__":
    sys.exit(main())
