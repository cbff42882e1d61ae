"""People: the table `users`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, String, Table, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from authserver import clock, opaque
from authserver.models import revocations
from authserver.models.database import metadata
from authserver.models.listing import Listed, Part, listed
from authserver.models.rows import Document, add, as_many, as_one, tallied
from authserver.models.unit_of_work import read, write

users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),  # lower case
    Column("username", String(64), nullable=False, unique=True),  # lower case
    Column("name", String(200), nullable=False),
    Column("password_hash", String(200)),
    Column("email_verified", Boolean, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("tier", String(40), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("not_before", BigInteger, nullable=False),  # credentials issued earlier are dead (IN11)
    Column("locale", String(20)),  # language of mail; None: never chosen
    Column("profile", Document),  # what else they tell of themselves, by the names of OpenID Connect claims
)


#: Columns without which credentials may be good no more.
_ENDING = frozenset({"disabled_at", "not_before", "is_admin"})
_ADMINISTERS = (users.c.is_admin.is_(True), users.c.disabled_at.is_(None))


@dataclass(frozen=True, slots=True)
class User:
    """An account. Times are epoch seconds; `disabled_at` is None while the account is good."""

    id: str
    email: str
    username: str
    name: str
    password_hash: str | None
    email_verified: bool
    is_admin: bool
    tier: str
    created_at: int
    updated_at: int
    disabled_at: int | None
    not_before: int
    locale: str | None = None
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        return self.disabled_at is None


class Taken(Exception):
    """The e-mail or the user name belongs to somebody already."""


def find(user_id: str) -> User | None:
    """By id."""
    return as_one(User, read().execute(select(users).where(users.c.id == user_id)).one_or_none())


def find_by_login(login: str) -> User | None:
    """By e-mail or user name, whatever its case (decision 42)."""
    name = login.strip().lower()
    rows = read().execute(select(users).where(or_(users.c.email == name, users.c.username == name))).all()
    return as_many(User, rows)[0] if len(rows) == 1 else None


def create(
    *,
    email: str,
    username: str,
    name: str,
    password_hash: str | None,
    email_verified: bool,
    is_admin: bool = False,
    tier: str = "standard",
    locale: str | None = None,
) -> User:
    """A new account. Raises Taken."""
    now = clock.now()
    user = User(
        id=opaque.identifier("usr"),
        email=email.lower(),
        username=username.lower(),
        name=name,
        password_hash=password_hash,
        email_verified=email_verified,
        is_admin=is_admin,
        tier=tier,
        created_at=now,
        updated_at=now,
        disabled_at=None,
        not_before=0,
        locale=locale,
    )
    _unique(lambda: add(users, user))
    return user


def change(user_id: str, **values: Any) -> None:
    """Set columns of one account. Raises Taken."""
    if _ENDING & values.keys():
        revocations.note(revocations.USER, user_id)
    statement = update(users).where(users.c.id == user_id).values(updated_at=clock.now(), **values)
    _unique(lambda: write().execute(statement))


def every() -> list[User]:
    """All accounts, oldest first."""
    return as_many(User, read().execute(select(users).order_by(users.c.created_at, users.c.id)))


def count() -> int:
    """How many accounts there are."""
    return read().execute(select(func.count()).select_from(users)).scalar_one()


def named(user_ids: Iterable[str]) -> dict[str, str]:
    """The user names of these accounts."""
    statement = select(users.c.id, users.c.username).where(users.c.id.in_(list(user_ids)))
    return {row.id: row.username for row in read().execute(statement)}


def search(text: str, part: Part) -> Listed[User]:
    """Accounts in whose e-mail, user name or name this stands, or whose id it is."""
    c = users.c
    holds = (column.icontains(text, autoescape=True) for column in (c.email, c.username, c.name))
    statement = select(users).where(or_(c.id == text, *holds)) if text else select(users)
    return listed(User, statement, part, at=c.created_at, key=c.id)


def in_tiers() -> dict[str, int]:
    """How many accounts each tier has."""
    return tallied(users.c.tier)


def administrators() -> int:
    """How many enabled administrators there are."""
    return read().execute(select(func.count()).select_from(users).where(*_ADMINISTERS)).scalar_one()


def appoint(user_id: str) -> bool:
    """Make an administrator. False when it is one."""
    statement = update(users).where(users.c.id == user_id, users.c.is_admin.is_(False))
    return write().execute(statement.values(is_admin=True, updated_at=clock.now())).rowcount == 1


def dismiss(user_id: str) -> bool:
    """Let an administrator be one no more. False when there is no other."""
    if not _others_administer(user_id):
        return False
    change(user_id, is_admin=False)
    return True


def disable(user_id: str) -> bool:
    """Close an account. False when it is the only administrator."""
    administers = select(users.c.is_admin).where(users.c.id == user_id)
    if write().execute(administers).scalar_one_or_none() and not _others_administer(user_id):
        return False
    change(user_id, disabled_at=clock.now())
    return True


def _others_administer(user_id: str) -> bool:
    """Whether there is another administrator. The rows are locked: of two who leave at once one stays (AD5)."""
    statement = select(users.c.id).where(*_ADMINISTERS).order_by(users.c.id).with_for_update()
    return any(found != user_id for found in write().execute(statement).scalars())


def _unique(change: Callable[[], object]) -> None:
    try:
        with write().begin_nested():  # on PostgreSQL a failed statement would poison the whole transaction
            change()
    except IntegrityError as error:
        raise Taken from error
