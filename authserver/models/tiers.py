"""Tiers: how many requests an account may make in a window; data, so a change counts at once: the table `tiers`."""

from dataclasses import dataclass

from sqlalchemy import Column, Integer, String, Table, bindparam, select, update

from authserver.models.database import metadata
from authserver.models.hot import Lookup
from authserver.models.rows import add_once, as_many, as_one
from authserver.models.unit_of_work import one, read, write

ANONYMOUS = "anonymous"
STANDARD = "standard"

tiers = Table(
    "tiers",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("limit", Integer, nullable=False),
    Column("window", Integer, nullable=False),  # seconds
)


@dataclass(frozen=True, slots=True)
class Tier:
    """At most `limit` requests in `window` seconds, counted from the first one."""

    name: str
    limit: int
    window: int


_BY_NAME = Lookup(select(tiers).where(tiers.c.name == bindparam("name")))


def look_up(name: str) -> Tier | None:
    """By name on the hot path."""
    row = one(_BY_NAME, {"name": name})
    return None if row is None else Tier(*row)


def find(name: str) -> Tier | None:
    """By name."""
    return as_one(Tier, read().execute(select(tiers).where(tiers.c.name == name)).one_or_none())


def every() -> list[Tier]:
    """All tiers, smallest first."""
    return as_many(Tier, read().execute(select(tiers).order_by(tiers.c.limit, tiers.c.name)))


def put(tier: Tier) -> bool:
    """Set a tier; True when it is new (decision 43)."""
    if add_once(tiers, tier):
        return True
    write().execute(update(tiers).where(tiers.c.name == tier.name).values(limit=tier.limit, window=tier.window))
    return False
