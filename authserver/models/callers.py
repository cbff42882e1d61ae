"""Who asks about a credential: the part of every introspection look-up that names and authenticates the caller.

One SELECT answers both questions, who asks and what was asked about (decision 15). A door of our own, such as the
gateway, asks the same question without a caller.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, func, literal_column, or_, select

from authserver import clock, opaque
from authserver.models.client_secrets import client_secrets
from authserver.models.clients import clients
from authserver.models.hot import Lookup
from authserver.models.installation import installation
from authserver.models.tiers import STANDARD, tiers
from authserver.models.unit_of_work import one
from authserver.models.users import users

_caller = clients.alias("caller")
_secret = client_secrets.alias("caller_secret")
_COLUMNS = (
    _caller.c.client_id,
    _caller.c.type,
    _caller.c.token_endpoint_auth_method,
    _caller.c.audience,
    _caller.c.environment,
    _caller.c.meter,
    _caller.c.disabled_at,
    _secret.c.id,
    installation.c.not_before,
)
RESOURCE_SERVER = "resource_server"
OURS = "ours"  # no type that a client can have


class Caller(NamedTuple):
    """The client that asks; `secret_id` is None unless the presented secret is a live one of it.

    A tuple, because one is made for every request.
    """

    client_id: str
    type: str
    token_endpoint_auth_method: str
    audience: str | None
    environment: str
    meter: bool
    disabled_at: int | None
    secret_id: str | None
    not_before: int

    @property
    def is_ours(self) -> bool:
        """Whether a door of our own asks: it is shown every credential, and judges audience and environment itself."""
        return self.type == OURS

    @property
    def asks_for_anybody(self) -> bool:
        """Whether it may ask about credentials that were not issued to itself."""
        return self.type in (RESOURCE_SERVER, OURS)


@dataclass(frozen=True, slots=True)
class Asking:
    """One question in two forms: beside the caller that asks it, and alone for a door of our own."""

    beside: Lookup
    alone: Lookup


def beside(*columns: ColumnElement[Any], joins: tuple[tuple[FromClause, ColumnElement[bool]], ...] = ()) -> Asking:
    """A look-up of the caller and, outer-joined to it, of what it asks about."""
    presented = and_(
        _secret.c.client_id == _caller.c.client_id,
        _secret.c.digest == bindparam("secret_digest"),
        or_(_secret.c.expires_at.is_(None), _secret.c.expires_at > bindparam("now")),
    )
    source: Any = _caller.join(installation, installation.c.id == literal_column("1")).outerjoin(_secret, presented)
    alone: Any = installation
    for target, condition in joins:
        source, alone = source.outerjoin(target, condition), alone.outerjoin(target, condition)
    statement: Select[Any] = select(*_COLUMNS, *columns).select_from(source)
    ours: Select[Any] = select(installation.c.not_before, *columns).select_from(alone)
    return Asking(Lookup(statement.where(_caller.c.client_id == bindparam("caller_id"))), Lookup(ours))


def look_up(asking: Asking, *, client_id: str | None, secret: str, **parameters: Any) -> tuple[Caller | None, Any]:
    """Caller and the remaining columns of the row; (None, ()) for an unknown caller. No `client_id`: we ourselves."""
    if client_id is None:
        row = one(asking.alone, {"now": clock.now(), **parameters})
        return (None, ()) if row is None else (_ourselves(row[0]), row[1:])
    digest = opaque.digest("client_secret", secret)
    row = one(asking.beside, {"caller_id": client_id, "secret_digest": digest, "now": clock.now(), **parameters})
    if row is None:
        return None, ()
    return Caller(*row[: len(_COLUMNS)]), row[len(_COLUMNS) :]


def _ourselves(not_before: int) -> Caller:
    return Caller("", OURS, "none", None, "any", False, None, None, not_before)


ALONE = beside()
#: The tier of an account (decision 28): a user's own; a client that acts for itself has the standard one.
TIER = (tiers, tiers.c.name == func.coalesce(users.c.tier, literal_column(f"'{STANDARD}'")))
TIER_COLUMNS = (tiers.c.name, tiers.c.limit, tiers.c.window)
