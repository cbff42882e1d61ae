"""What a person may change about their own account at once: names and the language of mail, nothing else (LG10)."""

from authserver.accounts import registration
from authserver.accounts.registration import Invalid, Problem
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.languages import gettext as _
from authserver.models import users
from authserver.models.users import User


def change(user: User, *, name: str, username: str, locale: str | None, visitor: Visitor) -> None:
    """Keep the new names, and the language of mail. Raises Invalid."""
    username, name = username.strip().lower(), registration.tidy(name)
    problems = registration.name_problems(name)
    if username != user.username:  # who has a reserved name keeps it
        problems += registration.username_problems(username, by_stranger=not user.is_admin)
    if problems:
        raise Invalid(*problems)
    try:
        users.change(user.id, name=name or username, username=username, locale=locale)
    except users.Taken:
        raise Invalid(Problem("username", _("This user name belongs to somebody else."))) from None
    record(Tag.USER_PROFILE_CHANGED, actor=user.id, user_id=user.id, address=visitor.address)
