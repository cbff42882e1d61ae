"""One-time links: what they are for, how long they last, and where they lead (LG8)."""

from enum import StrEnum
from typing import Any

from authserver.models import links
from authserver.models.links import Link
from authserver.settings import Settings


class Purpose(StrEnum):
    """What a link is good for; also the first part of its path."""

    SETUP = "setup"
    SIGNUP = "signup"
    RESET = "reset"
    EMAIL = "confirm-email"


DAY = 24 * 3600
LIFETIME = {Purpose.SETUP: DAY, Purpose.SIGNUP: DAY, Purpose.RESET: 3600, Purpose.EMAIL: DAY}


class Dead(Exception):
    """The link was used, has expired, or never was."""


def issue(
    settings: Settings, purpose: Purpose, *, user_id: str | None = None, details: dict[str, Any] | None = None
) -> str:
    """The URL of a new link. Its host is the issuer's, whatever the request said (IJ1)."""
    secret = links.issue(purpose.value, ttl=LIFETIME[purpose], user_id=user_id, details=details)
    return f"{settings.issuer}/{purpose}/{secret}"


def look(purpose: Purpose, secret: str) -> Link:
    """The link, unused. Raises Dead."""
    link = links.find(purpose.value, secret)
    if link is None:
        raise Dead
    return link


def recall(purpose: Purpose, secret: str) -> Link | None:
    """The link, also when it works no more: whoever has it may have a new one sent to where it was sent."""
    return links.recall(purpose.value, secret)


def revoke(purpose: Purpose, *, user_id: str | None = None) -> None:
    """End the unused links of an account, or of none."""
    links.revoke(purpose.value, user_id=user_id)


def spend(link: Link) -> None:
    """Use it up; of many at once only one returns. Raises Dead."""
    if not links.consume(link):
        raise Dead
