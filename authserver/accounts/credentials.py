"""Changing what an account stands on, and ending in one place all that stood on it (RF8, LG4)."""

from authserver.accounts import links, passwords, registration, throttling
from authserver.accounts.administrators import LastAdministrator
from authserver.accounts.authentication import authenticate
from authserver.accounts.links import Purpose
from authserver.accounts.registration import Invalid
from authserver.accounts.sessions import SignedIn
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.languages import speaking
from authserver.models import grants, sessions, users
from authserver.models.users import User
from authserver.outbox import messages, queue
from authserver.settings import Settings


def change_password(settings: Settings, signed_in: SignedIn, *, current: str, new: str, visitor: Visitor) -> None:
    """The owner changes it, knowing the present one; this browser stays signed in.

    Raises Wrong, Throttled, Invalid, Busy.
    """
    user = signed_in.user
    problems = registration.password_problems("new_password", new, own_names=(user.email, user.username))
    if problems:
        raise Invalid(*problems)
    kept = passwords.hashed(settings, new)  # slow: before `authenticate`, which ends with a write
    authenticate(settings, login=user.username, password=current, visitor=visitor)
    replace_password(
        settings,
        user,
        kept=kept,
        tag=Tag.USER_PASSWORD_CHANGED,
        actor=user.id,
        address=visitor.address,
        but=signed_in.session.digest,
    )


def set_password(settings: Settings, user: User, *, password: str, actor: str) -> None:
    """An operator sets it. Raises Invalid, Busy."""
    problems = registration.password_problems("password", password, own_names=(user.email, user.username))
    if problems:
        raise Invalid(*problems)
    kept = passwords.hashed(settings, password)
    replace_password(settings, user, kept=kept, tag=Tag.USER_PASSWORD_CHANGED, actor=actor)
    throttling.forget(user)


def replace_password(
    settings: Settings,
    user: User,
    *,
    kept: str,
    tag: Tag,
    actor: str,
    address: str | None = None,
    but: str | None = None,
) -> None:
    """Keep the new hash; sessions but one, grants and reset links of the account end; its owner is told."""
    users.change(user.id, password_hash=kept)
    end_all(user, because="password changed", but=but)
    record(tag, actor=actor, user_id=user.id, address=address)
    with speaking(user.locale):
        notice = messages.password_changed(brand=settings.brand, url=f"{settings.issuer}/forgot")
    queue.post(settings, notice, recipient=user.email)


def disable(user: User, *, actor: str, address: str | None = None) -> None:
    """Close the account and end all that stood on it; API keys sleep until it is enabled again.

    Raises LastAdministrator.
    """
    if not users.disable(user.id):
        raise LastAdministrator
    end_all(user, because="user disabled")
    record(Tag.USER_DISABLED, actor=actor, user_id=user.id, address=address)


def enable(user: User, *, actor: str, address: str | None = None) -> None:
    """Open the account again. What has ended stays ended."""
    users.change(user.id, disabled_at=None)
    record(Tag.USER_ENABLED, actor=actor, user_id=user.id, address=address)


def end_all(user: User, *, because: str, but: str | None = None) -> None:
    """End the sessions (but the one with the digest `but`), the grants and the links of an account."""
    sessions.end_all(user.id, but=but)
    grants.revoke_of(user_id=user.id, because=because)
    for purpose in (Purpose.RESET, Purpose.EMAIL):
        links.revoke(purpose, user_id=user.id)
