"""Preparation in a process of its own: what it imports, the parent of the workers never holds (decision 37)."""

import importlib
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from authserver.cli.failures import Failure


class Preparing:
    """The process, and what it will have to say."""

    def __init__(self, create_app: Callable[[], Any], *, with_demo: bool) -> None:
        context = get_context("spawn")
        self._answer, told = context.Pipe(duplex=False)
        self._process = context.Process(target=_prepare, args=(create_app, with_demo, told), daemon=True)
        self._process.start()
        told.close()

    def text(self) -> str:
        """Wait for it. Raises Failure when it did not succeed; it has then said why on standard error."""
        try:
            text: str = self._answer.recv()
        except EOFError:
            raise Failure from None
        finally:
            self._answer.close()
            self._process.join()
        return text

    def tell(self, say: Callable[[str], None]) -> None:
        """Do not wait: `say` it when it is known."""

        def wait() -> None:
            with suppress(Failure):
                say(self.text())

        threading.Thread(target=wait, name="preparing", daemon=True).start()


def _prepare(create_app: Callable[[], Any], with_demo: bool, told: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; this ends by itself
    work = importlib.import_module("authserver.cli.work")
    preparation = importlib.import_module("authserver.cli.preparation")
    try:
        with work.translated():
            told.send(preparation.prepare(create_app, with_demo=with_demo))
    except Failure as failure:
        print(f"authserver: {failure}", file=sys.stderr)
        sys.exit(failure.exit_code)
