"""Delivery of logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.5), each until it was taken once.

A row waits from the transaction that ends the session until the application has answered, so none is lost with a
process; one that was told but could not say so is told again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from authserver import clock
from authserver.fetch import Failed, Fetcher, Refused
from authserver.models import logouts
from authserver.models.database import Database
from authserver.models.logouts import Logout
from authserver.models.unit_of_work import unit_of_work
from authserver.outbox import rounds
from authserver.outbox.rounds import Load

LEASE = 180  # seconds that a claimed one stays with its worker: longer than a whole batch can take
BACKOFF = (10, 60, 300, 900, 1800, 3600, 3600)  # seconds until the next try; after the last it is given up
TAKEN = (200, 204)  # section 2.8, and what many frameworks answer without a body

logger = logging.getLogger("authserver.outbox")


@dataclass(frozen=True, slots=True)
class Letter:
    """A logout token that was just made, and where it goes."""

    uri: str
    token: str


class Unwritable(Exception):
    """The letter cannot be made now; the text says why, for the log."""


#: Makes the letter of a row, inside a unit of work. None: the application is no more, or does not want to know.
#: Raises Unwritable.
Writer = Callable[[Logout], Letter | None]


def connect(database: Database, fetcher: Fetcher, writer: Writer) -> None:
    """From now on what this process queues is delivered after its commit."""
    load = _load(database, fetcher, writer)
    database.ring = lambda: wake(database, load)


def start(database: Database, fetcher: Fetcher, writer: Writer) -> None:
    """In a server process: deliver for as long as it lives, also what another process has left behind."""
    rounds.wake(database, _load(database, fetcher, writer), stays=True)


def wake(database: Database, load: Load) -> None:
    """After a commit that ended a session: deliver what waits."""
    rounds.wake(database, load)


def deliver(database: Database, fetcher: Fetcher, writer: Writer) -> int:
    """Claim some that are due and tell the applications; how many were taken. No transaction is open meanwhile."""
    with unit_of_work(database) as unit:
        claimed = logouts.claim(lease=LEASE)
        unit.commit()
    absent: dict[str, str] = {}  # of whom nobody was at home: it would take as long for each of their rows
    for logout in claimed:
        why = absent.get(logout.client_id) or _told(database, fetcher, writer, logout)
        if why is not None:
            absent[logout.client_id] = why
        _note(database, logout, why)
    return len(claimed)


def _told(database: Database, fetcher: Fetcher, writer: Writer, logout: Logout) -> str | None:
    """Tell the application, if it is there and wants to know. Why that failed, None when it did not."""
    try:
        with unit_of_work(database):
            letter = writer(logout)
    except Unwritable as error:
        return str(error)
    return _refusal(fetcher, letter) if letter is not None else None


def _refusal(fetcher: Fetcher, letter: Letter) -> str | None:
    """Tell the application. Why it was not taken, None when it was."""
    try:
        answer = fetcher.post(letter.uri, {"logout_token": letter.token})
    except (Refused, Failed) as error:
        return str(error)
    return None if answer.status in TAKEN else f"It answers {answer.status}."


def _note(database: Database, logout: Logout, why: str | None) -> None:
    again = why is not None and logout.attempts < len(BACKOFF)
    with unit_of_work(database) as unit:
        if again:
            logouts.postpone(logout, due_at=clock.now() + BACKOFF[logout.attempts])
        else:
            logouts.told(logout)
        unit.commit()
    if why is not None:
        fate = "will be told again" if again else "is not told any more"
        logger.warning("client %s %s that session %s is over: %s", logout.client_id, fate, logout.sid, why)


def _next_due(database: Database) -> int | None:
    with unit_of_work(database):
        return logouts.next_due()


def _load(database: Database, fetcher: Fetcher, writer: Writer) -> Load:
    return Load("logouts", partial(deliver, database, fetcher, writer), partial(_next_due, database))
