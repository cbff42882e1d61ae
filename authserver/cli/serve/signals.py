"""What the parent is told from outside: stop (SIGTERM, SIGINT) and reload (SIGHUP)."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Any, Self


class Signals:
    """Signals as flags, and a descriptor that becomes readable when one has arrived."""

    def __init__(self) -> None:
        self.stop = False
        self._reload = False
        self._terminal = has_terminal()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self.wake, self._waker = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(self._waker, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        handlers = {signal.SIGTERM: self._stopped, signal.SIGINT: self._stopped, signal.SIGHUP: self._hung_up}
        self._before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        # Under nohup the terminal may go; a HUP sent on purpose still reloads.
        self._terminal = self._terminal and self._before[signal.SIGHUP] != signal.SIG_IGN
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        os.close(self.wake)
        os.close(self._waker)

    def drain(self) -> None:
        """Make the descriptor quiet again; the flags stay."""
        try:
            while os.read(self.wake, 512):
                pass
        except BlockingIOError:
            pass

    def take_reload(self) -> bool:
        """True once for any number of SIGHUP since the last question."""
        wanted, self._reload = self._reload, False
        return wanted

    def _stopped(self, number: int, frame: FrameType | None) -> None:
        self.stop = True

    def _hung_up(self, number: int, frame: FrameType | None) -> None:
        # A closed terminal window also sends SIGHUP; a server nobody sees any more must not keep the port.
        if self._terminal and not has_terminal():
            self.stop = True
        else:
            self._reload = True


def has_terminal() -> bool:
    """Whether the process has a controlling terminal that is still there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
