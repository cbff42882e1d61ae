"""Device codes and the user codes that people type for them (RFC 8628 section 3.2): the table `device_codes`."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    select,
    update,
)

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.rows import Strings, add_once, as_one
from authserver.models.unit_of_work import read, write

device_codes = Table(
    "device_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_code", String(64), nullable=False, unique=True),  # its digest
    Column("client_id", String(500), nullable=False),
    Column("scope", Text, nullable=False),
    Column("audience", Strings, nullable=False),  # empty: unbound
    Column("address", String(64), nullable=False),  # where the device has asked from
    Column("interval", Integer, nullable=False),  # seconds between two polls
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("polled_at", BigInteger),
    Column("decision", String(10)),  # allow deny
    Column("grant_id", String(140), ForeignKey("grants.id", ondelete="CASCADE")),  # what was allowed
    Column("used_at", BigInteger),
    Index("ix_device_codes_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A code by its digest. It is kept when used, so that a replay is told apart from rubbish."""

    digest: str
    user_code: str
    client_id: str
    scope: str
    audience: tuple[str, ...]
    address: str
    interval: int
    created_at: int
    expires_at: int
    polled_at: int | None = None
    decision: str | None = None
    grant_id: str | None = None
    used_at: int | None = None


def issue(
    user_code: str, *, client_id: str, scope: str, audience: tuple[str, ...], address: str, interval: int, ttl: int
) -> str | None:
    """A new device code beside this user code, for `ttl` seconds. None when the user code is taken."""
    code, now = opaque.token("dc"), clock.now()
    digest, shown = opaque.digest("device_code", code), opaque.digest("user_code", user_code)
    row = DeviceCode(digest, shown, client_id, scope, audience, address[:64], interval, now, now + ttl)
    return code if add_once(device_codes, row) else None


def find(code: str) -> DeviceCode | None:
    """By the code of the device, whatever has become of it."""
    return _find(device_codes.c.digest == opaque.digest("device_code", code))


def find_by_user_code(user_code: str) -> DeviceCode | None:
    """By the code that people type, whatever has become of it."""
    return _find(device_codes.c.user_code == opaque.digest("user_code", user_code))


def polled(code: DeviceCode, *, interval: int) -> None:
    """The device has asked; from now on it must wait so many seconds."""
    statement = update(device_codes).where(device_codes.c.digest == code.digest)
    write().execute(statement.values(polled_at=clock.now(), interval=interval))


def decide(code: DeviceCode, decision: str) -> bool:
    """Record the person's answer, in time. True for exactly one answer."""
    c, now = device_codes.c, clock.now()
    undecided = (c.digest == code.digest, c.decision.is_(None), c.expires_at > now)
    return write().execute(update(device_codes).where(*undecided).values(decision=decision)).rowcount == 1


def attach(code: DeviceCode, grant_id: str) -> None:
    """What the person has just allowed."""
    write().execute(update(device_codes).where(device_codes.c.digest == code.digest).values(grant_id=grant_id))


def consume(code: DeviceCode) -> bool:
    """Use it up. True for exactly one caller (DV4)."""
    c = device_codes.c
    unused = (c.digest == code.digest, c.decision == "allow", c.used_at.is_(None))
    return write().execute(update(device_codes).where(*unused).values(used_at=clock.now())).rowcount == 1


def purge(before: int) -> int:
    """Forget codes that expired before this time."""
    return write().execute(delete(device_codes).where(device_codes.c.expires_at < before)).rowcount


def _find(where: ColumnElement[bool]) -> DeviceCode | None:
    return as_one(DeviceCode, read().execute(select(device_codes).where(where)).one_or_none())
