"""Signing keys, encrypted at rest: the table `signing_keys`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, UniqueConstraint, select, update

from authserver import clock
from authserver.models import revocations
from authserver.models.database import metadata
from authserver.models.rows import Document, add_once, as_many
from authserver.models.unit_of_work import read, write

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("alg", String(10), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("public_jwk", Document, nullable=False),
    Column("private_jwk", LargeBinary, nullable=False),  # AES-GCM under the key-encryption key, bound to the kid
    Column("created_at", BigInteger, nullable=False),
    Column("activates_at", BigInteger, nullable=False),
    Column("retired_at", BigInteger),
    UniqueConstraint("alg", "generation"),  # two processes that rotate at once make one key (FT7)
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of one algorithm; the newest one whose `activates_at` has come signs, older ones only verify."""

    kid: str
    alg: str
    generation: int
    public_jwk: dict[str, object]
    private_jwk: bytes
    created_at: int
    activates_at: int
    retired_at: int | None


def every() -> list[SigningKey]:
    """All keys, by algorithm, oldest first."""
    statement = select(signing_keys).order_by(signing_keys.c.alg, signing_keys.c.generation)
    return as_many(SigningKey, read().execute(statement))


def add(key: SigningKey) -> bool:
    """Add the next generation of an algorithm. False when another process was first."""
    return add_once(signing_keys, key)


def retire(kid: str) -> bool:
    """Withdraw a key: it neither signs nor verifies any more. False when there is none or it was retired."""
    revocations.note(revocations.EVERYTHING, kid)  # nobody knows which tokens it has signed
    statement = update(signing_keys).where(signing_keys.c.kid == kid, signing_keys.c.retired_at.is_(None))
    return write().execute(statement.values(retired_at=clock.now())).rowcount == 1
