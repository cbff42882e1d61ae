"""How long the login page takes under light load: p50 and p99 of GET /login, from the request to the first byte.

python benchmarks/login.py [--requests 600] [--rate 20]

One request after the other at a steady rate, each on a connection of its own, as browsers that come by themselves. The
goal is 100 ms at p99; it is printed, not asserted. The processor time of a page is the figure that other programs on
the machine do not change.
"""

import argparse
import http.client
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from servers import ours

GOAL = 100  # milliseconds


def first_byte(host: str, port: int, path: str) -> float:
    """Milliseconds until the status line is there. Raises AssertionError when it is not 200."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.connect()
        started = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        elapsed = (time.perf_counter() - started) * 1000
        assert answer.status == 200, answer.status
        answer.read()
        return elapsed
    finally:
        connection.close()


def measure(url: str, path: str, *, requests: int, rate: float) -> list[float]:
    """So many requests, evenly spread."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    found, due = [], time.monotonic()
    for _ in range(requests):
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic() - 1 / rate) + 1 / rate  # a late one is not made up for
        found.append(first_byte(parts.hostname, parts.port, path))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "var").mkdir()
        with ours(Path(directory)) as server:
            measure(server.url, "/login", requests=20, rate=asked.rate)  # the first ones load templates
            before = server.cpu_seconds()
            found = measure(server.url, "/login", requests=asked.requests, rate=asked.rate)
            used = (server.cpu_seconds() - before) * 1000 / len(found)
    cuts = statistics.quantiles(found, n=100)
    print(
        f"GET /login, {len(found)} requests at {asked.rate:g}/s: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms", end=" "
    )
    print(f"(goal {GOAL}); {used:.1f} ms of processor time each")


if __name__ == "__main__":
    main()
