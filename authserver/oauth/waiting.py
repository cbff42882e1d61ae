"""Answers that wait for news (long polls): a bounded number of them, each without a transaction."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from authserver.oauth.answer import Answer


@dataclass(frozen=True, slots=True)
class Held(Answer):
    """An answer without news: rather than to send it at once, wait for `news` for so many seconds, and ask `again`.

    `news` is asked often: one hot read. Both are asked in units of work of their own. Whoever asks is known by then;
    the request is not read a second time, because it may hold what is good once (RFC 7523 section 3, DP4).
    """

    seconds: int
    news: Callable[[], bool]
    again: Callable[[], Answer]


class Waiters:
    """Who waits at this process. Each takes one of its threads, so only so many may; others are answered at once."""

    MOST = 16
    PAUSE = 0.2  # seconds between two looks

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(self.MOST)

    def wait(self, held: Held, *, has_news: Callable[[Held], bool], leaving: threading.Event | None) -> bool:
        """Return when there is news, time is up, or the process leaves. False at once when too many wait."""
        if not self._room.acquire(blocking=False):
            return False
        leaving = leaving or threading.Event()
        ends = time.monotonic() + held.seconds
        try:
            while time.monotonic() < ends and not has_news(held):
                if leaving.wait(self.PAUSE):
                    break
        finally:
            self._room.release()
        return True
