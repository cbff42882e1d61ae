"""A forgotten password: a link by mail, good once for an hour (LG8)."""

from authserver.accounts import credentials, links, passwords, registration, throttling
from authserver.accounts.links import Purpose
from authserver.accounts.registration import Invalid
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.languages import speaking
from authserver.models import users
from authserver.models.links import Link
from authserver.models.users import User
from authserver.outbox import messages, queue
from authserver.settings import Settings


def ask(settings: Settings, *, login: str, visitor: Visitor) -> None:
    """Send a link to the account's address, if there is such an account; the answer never tells. Raises Throttled."""
    throttling.admit_mail(visitor)
    user = users.find_by_login(login)
    spared = throttling.count_mail(visitor, recipient=user.email if user is not None else login)
    recipient = user if user is not None and user.enabled and spared else None
    # A stranger's address costs the same writes: a link for nobody, in a mail to nobody (LG2).
    user_id, address = (recipient.id, recipient.email) if recipient is not None else ("", queue.NOBODY)
    links.revoke(Purpose.RESET, user_id=user_id)
    url = links.issue(settings, Purpose.RESET, user_id=user_id)
    with speaking(user.locale if user is not None else None):
        message = messages.reset_password(brand=settings.brand, url=url)
    queue.post(settings, message, recipient=address)


def ask_again(settings: Settings, secret: str, *, visitor: Visitor) -> None:
    """A link works no more: send another to its account, if it ever was one. Raises Throttled."""
    link = links.recall(Purpose.RESET, secret)
    user = users.find(link.user_id) if link is not None and link.user_id else None
    ask(settings, login=user.email if user is not None else "", visitor=visitor)


def send(settings: Settings, user: User, *, actor: str, address: str | None = None) -> bool:
    """An operator has a link sent to the account's address. False when the account is disabled."""
    if not user.enabled:
        return False
    links.revoke(Purpose.RESET, user_id=user.id)
    url = links.issue(settings, Purpose.RESET, user_id=user.id)
    with speaking(user.locale):
        message = messages.reset_password(brand=settings.brand, url=url)
    queue.post(settings, message, recipient=user.email)
    record(Tag.USER_RESET_LINK_SENT, actor=actor, user_id=user.id, address=address)
    return True


def works(secret: str) -> None:
    """Whether this link still works. Raises Dead."""
    _owner(links.look(Purpose.RESET, secret))


def finish(settings: Settings, secret: str, *, password: str, visitor: Visitor) -> User:
    """Set the new password and end all that stood on the old one. Raises Dead, Invalid, Busy."""
    link = links.look(Purpose.RESET, secret)
    user = _owner(link)
    problems = registration.password_problems("password", password, own_names=(user.email, user.username))
    if problems:
        raise Invalid(*problems)
    kept = passwords.hashed(settings, password)
    links.spend(link)
    credentials.replace_password(
        settings, user, kept=kept, tag=Tag.USER_PASSWORD_RESET, actor=user.id, address=visitor.address
    )
    users.change(user.id, email_verified=True)  # the link came through that mailbox
    throttling.forget(user)
    return user


def _owner(link: Link) -> User:
    user = users.find(link.user_id or "")
    if user is None or not user.enabled:
        raise links.Dead
    return user
