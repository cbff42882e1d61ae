"""Delivery of queued mail by one thread per process; any number of processes share one queue."""

import logging
import os
import threading

from authserver import clock
from authserver.models import outbox
from authserver.models.database import Database
from authserver.models.outbox import Mail
from authserver.models.unit_of_work import unit_of_work
from authserver.outbox import smtp
from authserver.settings import Settings

LEASE = 120  # seconds that a claimed mail stays with the worker that claimed it
BACKOFF = (60, 120, 300, 900, 1800, 3600, 3600, 3600)  # seconds until the next try; after the last the mail is given up
NOBODY = ""  # the recipient of mail that is queued only so that queueing takes everybody the same time (LG2)
NAP = 30  # longest sleep while mail waits: another process may have left it behind

logger = logging.getLogger("authserver.outbox")
mail_logger = logging.getLogger("authserver.mail")


class Courier:
    """The thread of one process for one database: starts when woken, ends when no mail waits unless it `stays`."""

    def __init__(self, database: Database, settings: Settings, *, stays: bool) -> None:
        self._database = database
        self._settings = settings
        self._stays = stays
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There may be mail."""
        with self._lock:
            self._bell.set()
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
                self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End after the mail in hand; what waits stays in the queue."""
        with self._lock:
            self._stopping = True
            self._bell.set()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping:
            self._bell.clear()
            pause = self._round()
            if pause is None and self._finished():
                return
            self._bell.wait(pause if pause is not None else 0)
        with self._lock:
            self._thread = None

    def _round(self) -> int | None:
        """Deliver what is due; seconds until the next try, None when nothing waits."""
        try:
            while deliver(self._database, self._settings) and not self._stopping:
                pass
            due_at = _next_due(self._database)
        except Exception:  # the thread outlives a database that is away
            logger.exception("mail could not be delivered")
            return NAP
        if due_at is None:
            return NAP if self._stays else None
        return max(1, min(NAP, due_at - clock.now()))

    def _finished(self) -> bool:
        with self._lock:
            if self._bell.is_set() and not self._stopping:
                return False  # somebody rang after the last look
            self._thread = None
            return True


_couriers: dict[Database, tuple[int, Courier]] = {}
_couriers_lock = threading.Lock()


def start(database: Database, settings: Settings) -> None:
    """In a server process: deliver for as long as it lives, also what another process has left behind."""
    _courier_of(database, settings, stays=True).wake()


def wake(database: Database, settings: Settings) -> None:
    """After a commit that queued mail: deliver what waits."""
    _courier_of(database, settings, stays=False).wake()


def stop(database: Database) -> None:
    """End this process's delivery."""
    with _couriers_lock:
        pid, courier = _couriers.pop(database, (0, None))
    if courier is not None and pid == os.getpid():
        courier.stop()


def deliver(database: Database, settings: Settings) -> int:
    """Claim some due mail and send it; how many were taken. No transaction is open while a server is talked to."""
    with unit_of_work(database) as unit:
        claimed = outbox.claim(lease=LEASE)
        unit.commit()
    for mail in claimed:
        _deliver_one(database, settings, mail)
    return len(claimed)


def _deliver_one(database: Database, settings: Settings, mail: Mail) -> None:
    try:
        _send(settings, mail)
    except smtp.Refused as error:
        _postpone(database, mail, str(error))
        return
    with unit_of_work(database) as unit:
        outbox.sent(mail.id)
        unit.commit()


def _send(settings: Settings, mail: Mail) -> None:
    if mail.recipient == NOBODY:
        return
    if settings.smtp_url is None:  # decision 33: the link stands in the log
        mail_logger.info("no SMTP server is set; mail to %s: %s\n%s", mail.recipient, mail.subject, mail.body)
        return
    smtp.send(settings, settings.smtp_url.get_secret_value(), mail)


def _postpone(database: Database, mail: Mail, why: str) -> None:
    with unit_of_work(database) as unit:
        if mail.attempts < len(BACKOFF):
            outbox.postpone(mail.id, due_at=clock.now() + BACKOFF[mail.attempts])
        else:
            outbox.drop(mail.id)
        unit.commit()
    fate = "will be tried again" if mail.attempts < len(BACKOFF) else "is given up"
    logger.warning("mail %s %s: %s", mail.id, fate, why)


def _next_due(database: Database) -> int | None:
    with unit_of_work(database):
        return outbox.next_due()


def _courier_of(database: Database, settings: Settings, *, stays: bool) -> Courier:
    with _couriers_lock:
        pid, courier = _couriers.get(database, (0, None))
        if courier is None or pid != os.getpid():  # threads do not survive a fork
            courier = Courier(database, settings, stays=stays)
            _couriers[database] = (os.getpid(), courier)
        return courier
