"""Delivery of queued mail."""

import logging
from functools import partial

from authserver import clock
from authserver.models import outbox
from authserver.models.database import Database
from authserver.models.outbox import Mail
from authserver.models.unit_of_work import unit_of_work
from authserver.outbox import rounds, smtp
from authserver.outbox.rounds import Load
from authserver.settings import Settings

LEASE = 120  # seconds that a claimed mail stays with the worker that claimed it
BACKOFF = (60, 120, 300, 900, 1800, 3600, 3600, 3600)  # seconds until the next try; after the last the mail is given up
NOBODY = ""  # the recipient of mail that is queued only so that queueing takes everybody the same time (LG2)

logger = logging.getLogger("authserver.outbox")
mail_logger = logging.getLogger("authserver.mail")


def start(database: Database, settings: Settings) -> None:
    """In a server process: deliver for as long as it lives, also what another process has left behind."""
    rounds.wake(database, _load(database, settings), stays=True)


def wake(database: Database, settings: Settings) -> None:
    """After a commit that queued mail: deliver what waits."""
    rounds.wake(database, _load(database, settings))


def stop(database: Database) -> None:
    """End this process's delivery."""
    rounds.stop(database)


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


def _load(database: Database, settings: Settings) -> Load:
    return Load("mail", partial(deliver, database, settings), partial(_next_due, database))
