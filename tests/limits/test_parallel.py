"""RL2: with four worker processes and two thousand requests at a time exactly the limit passes, whoever counts."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.limits.stores import RedisServer
from tests.processes import RunningServer

WORKERS, THREADS, REQUESTS, LIMIT = 4, 40, 2000, 1000


def key_at(server: RunningServer) -> str:
    server.cli(
        *("users", "create", "--email", "ada@people.test", "--username", "ada", "--name", "Ada", "--password-stdin"),
        stdin="a walk in the winter sun",
    )
    options = ("--user", "ada", "--name", "CI", "--scope", "read:realms", "--environment", "live", "-o", "json")
    key: str = json.loads(server.cli("api-keys", "create", *options).stdout)["key"]
    return key


def stampede(server: RunningServer, key: str) -> Counter[tuple[int, bool]]:
    """Status and whether it was counted locally, of all requests; every thread keeps its connection."""
    answers: Counter[tuple[int, bool]] = Counter()
    lock, start = threading.Lock(), threading.Barrier(THREADS)

    def run() -> None:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        own: Counter[tuple[int, bool]] = Counter()
        start.wait()
        for _ in range(REQUESTS // THREADS):
            connection.request("GET", "/gateway/auth", headers={"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            answer.read()
            own[answer.status, "X-RateLimit-Degraded" in answer.headers] += 1
        connection.close()
        with lock:
            answers.update(own)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_RL2_exactly_the_limit_passes(running_server: Callable[..., RunningServer]) -> None:
    """With the counters of the database: a file beside SQLite, or a table in PostgreSQL."""
    server = running_server(workers=WORKERS)
    assert stampede(server, key_at(server)) == {(200, False): LIMIT, (429, False): REQUESTS - LIMIT}


@pytest.mark.redis
def test_RL2_exactly_the_limit_passes_with_redis(
    running_server: Callable[..., RunningServer], redis_server: RedisServer
) -> None:
    server = running_server(workers=WORKERS, env={"AUTHSERVER_REDIS_URL": redis_server.url})
    assert stampede(server, key_at(server)) == {(200, False): LIMIT, (429, False): REQUESTS - LIMIT}
