"""Throttling of guesses and of mail, counted in the database for all workers (decision 34, LG1)."""

from dataclasses import dataclass

from authserver import opaque
from authserver.accounts.visitor import Visitor
from authserver.limits.addresses import network
from authserver.models import sessions, throttles
from authserver.models.users import User

WINDOW = 15 * 60
PER_ACCOUNT, PER_ADDRESS = 10, 100
MAIL_WINDOW = 3600
MAIL_PER_RECIPIENT, MAIL_PER_ADDRESS = 4, 40


class Throttled(Exception):
    """Too many attempts; `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("Too many attempts.")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Budget:
    """So many failures in one window. A success forgives those of `own` budgets."""

    key: str
    limit: int
    own: bool = True


def budgets(login: str, user: User | None, visitor: Visitor) -> tuple[Budget, ...]:
    """What a wrong password counts on; a browser that has signed in before cannot be locked out by others."""
    if user is not None and visitor.browser and sessions.knows(user.id, visitor.browser):
        return (Budget(_key("known", f"{user.id} {visitor.browser}"), PER_ACCOUNT),)
    account = _key("account", user.id if user is not None else login.strip().lower())
    return Budget(account, PER_ACCOUNT), Budget(_key("address", network(visitor.address)), PER_ADDRESS, own=False)


def admit(budgets: tuple[Budget, ...]) -> None:
    """Refuse before anything is hashed. Raises Throttled."""
    wait = max(throttles.wait(budget.key, limit=budget.limit) for budget in budgets)
    if wait:
        raise Throttled(wait)


def count(budgets: tuple[Budget, ...]) -> None:
    """One more failure."""
    for budget in budgets:
        throttles.count(budget.key, window=WINDOW)


def forgive(budgets: tuple[Budget, ...]) -> None:
    """A success. It counts only if parallel guesses have not spent the budget meanwhile. Raises Throttled."""
    for budget in budgets:
        if budget.own and not throttles.clear(budget.key, limit=budget.limit):
            raise Throttled(throttles.wait(budget.key, limit=budget.limit))


def forget(user: User) -> None:
    """A new password was set by its owner: earlier guesses count no more."""
    throttles.clear(_key("account", user.id))


def admit_mail(visitor: Visitor) -> None:
    """Whether this network may cause another mail; before anything is hashed. Raises Throttled."""
    wait = throttles.wait(_key("mail from", network(visitor.address)), limit=MAIL_PER_ADDRESS)
    if wait:
        raise Throttled(wait)


def count_mail(visitor: Visitor, *, recipient: str) -> bool:
    """Count one mail; whether this mailbox may still get it. Who asked for it is not told."""
    throttles.count(_key("mail from", network(visitor.address)), window=MAIL_WINDOW)
    key = _key("mail to", recipient.strip().lower())
    if throttles.wait(key, limit=MAIL_PER_RECIPIENT):
        return False
    throttles.count(key, window=MAIL_WINDOW)
    return True


def _key(kind: str, value: str) -> str:
    return f"{kind}:{opaque.digest('throttle', value)}"
