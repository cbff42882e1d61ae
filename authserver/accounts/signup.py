"""Signing up: the account starts at the link in the mail, and the page answers the same to all (decision 33, LG2)."""

from dataclasses import asdict
from typing import Any

from authserver import languages, opaque
from authserver.accounts import links, passwords, registration, throttling
from authserver.accounts.links import Purpose
from authserver.accounts.registration import Particulars
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import users
from authserver.models.users import User
from authserver.outbox import messages, queue
from authserver.outbox.messages import Message
from authserver.settings import Settings


class Closed(Exception):
    """Strangers may not make accounts here."""


def ask(settings: Settings, *, email: str, username: str, name: str, password: str, visitor: Visitor) -> None:
    """Send a mail to the address, whatever it says. Raises Closed, Invalid, Throttled, Busy."""
    _open(settings)
    wanted = registration.newcomer(email=email, username=username, name=name, password=password, by_stranger=True)
    throttling.admit_mail(visitor)
    kept = passwords.hashed(settings, password)
    if throttling.count_mail(visitor, recipient=wanted.email):
        _answer(settings, wanted, kept)


def ask_again(settings: Settings, secret: str, *, visitor: Visitor) -> None:
    """A link works no more: send another mail to where it was sent, if it ever was. Raises Closed, Throttled."""
    _open(settings)
    throttling.admit_mail(visitor)
    link = links.recall(Purpose.SIGNUP, secret)
    details = link.details if link is not None else {}
    if throttling.count_mail(visitor, recipient=details.get("email", "")) and details:
        wanted = Particulars(details["email"], details["username"], details["name"])
        _answer(settings, wanted, details["password_hash"])


def confirm(settings: Settings, secret: str, *, visitor: Visitor) -> User:
    """Make the account for which the link was sent. Raises Closed, Dead."""
    _open(settings)
    link = links.look(Purpose.SIGNUP, secret)
    links.spend(link)
    user = _create(link.details)
    record(Tag.USER_SIGNED_UP, actor=user.id, user_id=user.id, address=visitor.address)
    return user


def _open(settings: Settings) -> None:
    if settings.signup == "closed":
        raise Closed


def _answer(settings: Settings, wanted: Particulars, kept: str) -> None:
    owner = users.find_by_login(wanted.email)
    if owner is not None and not owner.enabled:
        return
    with languages.speaking(owner.locale if owner is not None else None):
        message = _message(settings, wanted, kept, owner)
    queue.post(settings, message, recipient=wanted.email)


def _message(settings: Settings, wanted: Particulars, kept: str, owner: User | None) -> Message:
    if owner is not None:
        return messages.address_taken(brand=settings.brand, url=links.issue(settings, Purpose.RESET, user_id=owner.id))
    if users.find_by_login(wanted.username) is not None:
        return messages.username_taken(brand=settings.brand, url=f"{settings.issuer}/signup")
    details = {**asdict(wanted), "password_hash": kept, "locale": languages.current()}
    return messages.confirm_address(brand=settings.brand, url=links.issue(settings, Purpose.SIGNUP, details=details))


def _create(details: dict[str, Any]) -> User:
    if users.find_by_login(details["email"]) is not None:
        raise links.Dead  # an earlier link for the same address was used
    try:
        return users.create(**details, email_verified=True)
    except users.Taken:
        pass
    # Somebody took the user name since: the account starts all the same, and the name can be changed later.
    return users.create(**{**details, "username": _variant(details["username"])}, email_verified=True)


def _variant(username: str) -> str:
    return f"{username[:57]}-{opaque.base62(6).lower()}"
