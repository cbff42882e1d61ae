"""Many threads that do the same thing at the same moment."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def together(count: int, act: Callable[[], T]) -> list[T]:
    """What each of them got."""
    start, found = threading.Barrier(count), list[T]()

    def run() -> None:
        start.wait(10)
        found.append(act())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == count, "a thread failed"
    return found
