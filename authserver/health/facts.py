"""Facts about this installation and this process that belong to no check."""

import sys
import time
from dataclasses import dataclass
from importlib.metadata import version

from authserver.models import outbox, storage
from authserver.models.outbox import Backlog

_STARTED = time.monotonic()  # this module is imported while the process starts


@dataclass(frozen=True, slots=True)
class Facts:
    """Sizes in bytes, times in seconds."""

    version: str
    python: str
    uptime: int
    database: str
    size: int
    mail: Backlog


def facts() -> Facts:
    """As they are now. Needs a unit of work around it."""
    return Facts(
        version=version("authserver"),
        python=".".join(map(str, sys.version_info[:3])),
        uptime=int(time.monotonic() - _STARTED),
        database=storage.version(),
        size=storage.size(),
        mail=outbox.backlog(),
    )
