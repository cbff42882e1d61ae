"""Another e-mail address: it counts once the link that was sent there has been opened; the old address is told.

Whether the new one belongs to somebody already is told to nobody but its owner (LG2).
"""

from authserver.accounts import links, registration, throttling
from authserver.accounts.links import Purpose
from authserver.accounts.registration import Invalid, Problem
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.languages import gettext as _
from authserver.languages import speaking
from authserver.models import users
from authserver.models.links import Link
from authserver.models.users import User
from authserver.outbox import messages, queue
from authserver.settings import Settings


def ask(settings: Settings, user: User, *, email: str, visitor: Visitor) -> None:
    """Send a link to the new address, or to an unverified present one. Raises Invalid, Throttled."""
    wanted = email.strip().lower()
    if problems := registration.email_problems(wanted):
        raise Invalid(*problems)
    if wanted == user.email and user.email_verified:
        raise Invalid(Problem("email", _("This is your address already.")))
    throttling.admit_mail(visitor)
    if not throttling.count_mail(visitor, recipient=wanted):
        return
    links.revoke(Purpose.EMAIL, user_id=user.id)
    url = links.issue(settings, Purpose.EMAIL, user_id=user.id, details={"email": wanted, "before": user.email})
    _write(settings, user, wanted, url)
    record(Tag.USER_EMAIL_CHANGE_ASKED, actor=user.id, user_id=user.id, address=visitor.address)


def look(secret: str) -> str:
    """The address that an unused link is about. Raises Dead."""
    return _read(secret)[2]


def confirm(settings: Settings, secret: str, *, visitor: Visitor) -> User:
    """Use the link up: the address counts from now on, and links that wait at the old one end. Raises Dead."""
    link, user, email = _read(secret)
    links.spend(link)
    try:
        users.change(user.id, email=email, email_verified=True)
    except users.Taken:
        raise links.Dead from None  # somebody was faster with this address
    links.revoke(Purpose.RESET, user_id=user.id)
    record(Tag.USER_EMAIL_CHANGED, actor=user.id, user_id=user.id, address=visitor.address)
    if email != user.email:
        with speaking(user.locale):
            message = messages.address_changed(brand=settings.brand, address=email)
        queue.post(settings, message, recipient=user.email)
    return user


def _write(settings: Settings, user: User, wanted: str, url: str) -> None:
    owner = users.find_by_login(wanted)
    if owner is None or owner.id == user.id:
        with speaking(user.locale):
            message = messages.confirm_new_address(brand=settings.brand, url=url)
        queue.post(settings, message, recipient=wanted)
    else:
        with speaking(owner.locale):
            message = messages.address_in_use(brand=settings.brand)
        queue.post(settings, message, recipient=wanted if owner.enabled else queue.NOBODY)
    if wanted != user.email:
        with speaking(user.locale):
            message = messages.address_to_change(
                brand=settings.brand, address=wanted, url=f"{settings.issuer}/account/security"
            )
        queue.post(settings, message, recipient=user.email)


def _read(secret: str) -> tuple[Link, User, str]:
    link = links.look(Purpose.EMAIL, secret)
    user = users.find(link.user_id or "")
    if user is None or not user.enabled or user.email != link.details["before"]:
        raise links.Dead
    owner = users.find_by_login(link.details["email"])
    if owner is not None and owner.id != user.id:
        raise links.Dead
    return link, user, link.details["email"]
