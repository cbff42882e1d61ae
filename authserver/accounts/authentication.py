"""Recognising a person by their password."""

from authserver.accounts import passwords, throttling
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.languages import gettext as _
from authserver.models import users
from authserver.models.users import User
from authserver.settings import Settings


class Wrong(Exception):
    """No such account, or not its password: nobody is told which (LG2)."""

    def __init__(self) -> None:
        super().__init__(_("Wrong user name or password."))


def authenticate(settings: Settings, *, login: str, password: str, visitor: Visitor) -> User:
    """The account of this e-mail or user name, if the password is right. Raises Wrong, Throttled, Busy.

    A failure is counted in the database: the request must be committed although it is refused.
    """
    user = users.find_by_login(login)
    budgets = throttling.budgets(login, user, visitor)
    throttling.admit(budgets)
    right = passwords.verify(settings, password, user.password_hash if user is not None else None)
    if user is None or not right or not user.enabled:
        throttling.count(budgets)
        user_id = user.id if user is not None else None
        record(Tag.USER_SIGN_IN_FAILED, user_id=user_id, address=visitor.address, device=visitor.device)
        raise Wrong
    renewed = _renewed_hash(settings, user, password)
    throttling.forgive(budgets)
    if renewed is not None:
        users.change(user.id, password_hash=renewed)
    return user


def _renewed_hash(settings: Settings, user: User, password: str) -> str | None:
    if user.password_hash is None or not passwords.outdated(settings, user.password_hash):
        return None
    return passwords.hashed(settings, password)
