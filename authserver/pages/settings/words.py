"""Codes in words: who did something to a key, and why."""

from authserver import clock
from authserver.models import clients, users
from authserver.models.api_keys import ApiKey

ACTORS = {"cli": "the command line", "leak-report": "a leak report", "gateway": "the gateway"}
REASONS = {
    "owner": "no reason given",
    "unused": "no longer needed",
    "replaced": "replaced by another one",
    "exposed": "somebody else may have seen it",
    "rotated": "the change to its successor was over",
    "operator": "an operator wanted it so",
    "administrator": "an administrator wanted it so",
    "leaked": "it was found in public",
}
#: What an owner may say, in this order.
CHOICES = ("unused", "replaced", "exposed", "owner")


def actor(name: str | None) -> str | None:
    """A person by their user name, an application by its own; others, such as the command line, in words."""
    if name is None or name in ACTORS:
        return ACTORS.get(name or "")
    person = users.find(name)
    if person is not None:
        return person.username
    client = clients.find(name)
    return client.name if client is not None else name


def reason(key: ApiKey) -> str | None:
    """Why it was revoked."""
    return REASONS.get(key.revoked_because or "", key.revoked_because)


def since(at: int) -> str:
    """How long something is past."""
    seconds = clock.now() - at
    return "a moment ago" if seconds < 60 else f"{clock.span(seconds)} ago"
