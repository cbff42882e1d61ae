"""The first administrator: a link that works once, within a day, and only while there is no account."""

from authserver import languages
from authserver.accounts import links, passwords, registration
from authserver.accounts.links import Dead, Purpose
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import users
from authserver.models.users import User
from authserver.settings import Settings


def issue_link(settings: Settings) -> str | None:
    """A new set-up URL, which ends earlier ones; None once there is an account. The caller commits."""
    if users.count():
        return None
    links.revoke(Purpose.SETUP)
    record(Tag.SETUP_LINK_ISSUED)
    return links.issue(settings, Purpose.SETUP)


def works(secret: str) -> None:
    """Whether this link still works. Raises Dead."""
    links.look(Purpose.SETUP, secret)
    if users.count():
        raise Dead


def finish(
    settings: Settings, secret: str, *, email: str, username: str, name: str, password: str, visitor: Visitor
) -> User:
    """Make the administrator. Raises Dead, Invalid, Busy."""
    works(secret)
    link = links.look(Purpose.SETUP, secret)
    wanted = registration.newcomer(email=email, username=username, name=name, password=password)
    kept = passwords.hashed(settings, password)
    links.spend(link)
    if users.count():  # read again, under the lock of the write
        raise Dead
    user = users.create(
        email=wanted.email,
        username=wanted.username,
        name=wanted.name,
        password_hash=kept,
        email_verified=False,
        is_admin=True,
        locale=languages.current(),
    )
    record(Tag.USER_CREATED, actor=user.id, user_id=user.id, address=visitor.address, admin=True)
    return user
