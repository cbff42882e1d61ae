"""Queueing mail: it exists exactly if the change that causes it is committed."""

from authserver.models import outbox, unit_of_work
from authserver.outbox import courier
from authserver.outbox.messages import Message
from authserver.settings import Settings

#: A recipient to whom nothing is sent.
NOBODY = courier.NOBODY


def post(settings: Settings, message: Message, *, recipient: str) -> None:
    """Queue a mail in the current transaction; the courier is woken once that has been committed."""
    outbox.post(recipient=recipient, subject=message.subject, body=message.body)
    database = unit_of_work.database()
    unit_of_work.after_commit(lambda: courier.wake(database, settings))
