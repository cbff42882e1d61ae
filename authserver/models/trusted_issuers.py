"""Other issuers whose assertions are taken for access tokens (RFC 7523 section 2.1): the table `trusted_issuers`."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, String, Table, Text, delete, select, type_coerce, update

from authserver.models.database import metadata
from authserver.models.grants import JWT_BEARER, grants
from authserver.models.rows import Document, Strings, add_once, as_many, as_one
from authserver.models.unit_of_work import read, write

trusted_issuers = Table(
    "trusted_issuers",
    metadata,
    Column("issuer", String(500), primary_key=True),  # the `iss` of its assertions, letter by letter
    Column("jwks", Document),  # its public keys, or
    Column("jwks_uri", String(500)),  # where it keeps them
    Column("subject", String(20), nullable=False),  # what its `sub` is here: username email id
    Column("scope", Text, nullable=False),  # empty: whatever the client and the person may have
    Column("audience", Strings, nullable=False),  # empty: every resource server
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer, and how far it is trusted. `scope` is space-separated; times are epoch seconds."""

    issuer: str
    jwks: dict[str, Any]  # empty: see `jwks_uri`
    jwks_uri: str | None
    subject: str
    scope: str
    audience: tuple[str, ...]
    created_at: int
    disabled_at: int | None

    @property
    def enabled(self) -> bool:
        return self.disabled_at is None


def find(issuer: str) -> TrustedIssuer | None:
    """By its name, enabled or not."""
    row = read().execute(select(trusted_issuers).where(trusted_issuers.c.issuer == issuer)).one_or_none()
    return as_one(TrustedIssuer, row)


def every() -> list[TrustedIssuer]:
    """All of them by name."""
    return as_many(TrustedIssuer, read().execute(select(trusted_issuers).order_by(trusted_issuers.c.issuer)))


def trust(issuer: TrustedIssuer) -> bool:
    """Add one. False when it is there already."""
    return add_once(trusted_issuers, issuer)


def switch(issuer: str, *, disabled_at: int | None) -> None:
    """Take its assertions, or not."""
    where = trusted_issuers.c.issuer == issuer
    write().execute(update(trusted_issuers).where(where).values(disabled_at=disabled_at))


def forget(issuer: str) -> None:
    """Remove one."""
    write().execute(delete(trusted_issuers).where(trusted_issuers.c.issuer == issuer))


def granted_by(issuer: str) -> list[str]:
    """The ids of the live grants that stand on its word."""
    c, member = grants.c, f'"issuer": {json.dumps(issuer)}'
    said = type_coerce(c.details, Text).contains(member, autoescape=True)
    where = (c.kind == JWT_BEARER, c.revoked_at.is_(None), said)
    return list(read().execute(select(c.id).where(*where)).scalars())
