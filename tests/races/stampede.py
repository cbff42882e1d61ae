"""The same request, sent by many at the same moment."""

import http.client
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of a stampede."""

    status: int
    document: dict[str, Any]

    @property
    def error(self) -> str | None:
        return self.document.get("error")


def stampede(url: str, requests: Sequence[tuple[str, str, Mapping[str, str]]]) -> list[Hit]:
    """Send every (path, body, headers) on a connection of its own, all released by one barrier."""
    address = urlsplit(url)
    barrier = threading.Barrier(len(requests))
    hits: list[Hit | None] = [None] * len(requests)

    def send(index: int, path: str, body: str, headers: Mapping[str, str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=30)
        connection.connect()
        barrier.wait(30)
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read()
        hits[index] = Hit(answer.status, json.loads(content) if content else {})
        connection.close()

    threads = [threading.Thread(target=send, args=(index, *request)) for index, request in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(hit is not None for hit in hits), "a request got no answer"
    return [hit for hit in hits if hit is not None]
