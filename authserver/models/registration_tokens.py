"""Initial access tokens of dynamic registration (RFC 7591 section 3, decision 40): the table `registration_tokens`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ColumnElement, Integer, String, Table, and_, or_, select, update

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.rows import add, as_many, as_one
from authserver.models.unit_of_work import read, write

KIND = "registration_token"

registration_tokens = Table(
    "registration_tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("hint", String(8), nullable=False),  # the last four characters
    Column("owner_id", String(40)),  # whose the clients become
    Column("note", String(200), nullable=False),
    Column("uses", Integer),  # None: any number
    Column("used", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """Good for `uses` registrations, of which `used` have been made."""

    id: str
    digest: str
    hint: str
    owner_id: str | None
    note: str
    uses: int | None
    used: int
    created_at: int
    expires_at: int | None
    revoked_at: int | None


def issue(
    *, owner_id: str | None, note: str, uses: int | None, expires_at: int | None
) -> tuple[RegistrationToken, str]:
    """A new one, and the token itself, in clear only here."""
    token = opaque.token("ri")
    row = RegistrationToken(
        opaque.identifier("rit"),
        opaque.digest(KIND, token),
        token[-4:],
        owner_id,
        note,
        uses,
        0,
        clock.now(),
        expires_at,
        None,
    )
    add(registration_tokens, row)
    return row, token


def good(token: str) -> RegistrationToken | None:
    """The row of a token that may be used now."""
    statement = select(registration_tokens).where(_good(opaque.digest(KIND, token)))
    return as_one(RegistrationToken, read().execute(statement).one_or_none())


def spend(row: RegistrationToken) -> bool:
    """Use it once. True for as many callers as it has uses."""
    c = registration_tokens.c
    statement = update(registration_tokens).where(_good(row.digest)).values(used=c.used + 1)
    return write().execute(statement).rowcount == 1


def revoke(token_id: str) -> bool:
    """End it. False when there is none, or it was ended before."""
    c = registration_tokens.c
    statement = update(registration_tokens).where(c.id == token_id, c.revoked_at.is_(None))
    return write().execute(statement.values(revoked_at=clock.now())).rowcount == 1


def every() -> list[RegistrationToken]:
    """All of them, newest first."""
    c = registration_tokens.c
    statement = select(registration_tokens).order_by(c.created_at.desc(), c.id)
    return as_many(RegistrationToken, read().execute(statement))


def _good(digest: str) -> ColumnElement[bool]:
    c = registration_tokens.c
    return and_(
        c.digest == digest,
        c.revoked_at.is_(None),
        or_(c.expires_at.is_(None), c.expires_at > clock.now()),
        or_(c.uses.is_(None), c.used < c.uses),
    )
