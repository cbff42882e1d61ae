"""Authorization requests on their way through login and consent (decision 8): the table `authorization_requests`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, and_, delete, select, update

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.rows import Document, add, as_one
from authserver.models.unit_of_work import read, write

authorization_requests = Table(
    "authorization_requests",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the id that pages carry
    Column("client_id", String(500), nullable=False),
    Column("parameters", Document, nullable=False),
    Column("browser", String(64), nullable=False),  # digest of the browser cookie; empty while a pushed one waits
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("authenticated_sid", String(40)),  # session that proved itself for this request
    Column("chosen_sid", String(40)),  # session that the person chose
    Column("decision", String(10)),  # allow deny
    Column("decided_by", String(40)),
    Column("decided_scope", Text),
    Column("spent_at", BigInteger),
    Column("decided_ttl", BigInteger),  # seconds of access that the user has allowed; None: no choice was made
    Index("ix_authorization_requests_expires_at", "expires_at"),
)

NO_BROWSER = ""
_RECORDED = (
    "authenticated_sid",
    "chosen_sid",
    "decision",
    "decided_by",
    "decided_scope",
    "decided_ttl",
    "spent_at",
)


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Validated parameters and the facts recorded since. Times are epoch seconds."""

    digest: str
    client_id: str
    parameters: dict[str, Any]
    browser: str
    created_at: int
    expires_at: int
    authenticated_sid: str | None
    chosen_sid: str | None
    decision: str | None
    decided_by: str | None
    decided_scope: str | None
    spent_at: int | None
    decided_ttl: int | None = None


def store(*, client_id: str, parameters: dict[str, Any], browser: str, ttl: int) -> str:
    """Keep a validated request for this browser; returns the id that its pages carry."""
    request_id, now = opaque.token("ar"), clock.now()
    digest = opaque.digest("authorization_request", request_id)
    row = AuthorizationRequest(
        digest, client_id, parameters, browser, now, now + ttl, None, None, None, None, None, None
    )
    add(authorization_requests, row)
    return request_id


def push(*, client_id: str, parameters: dict[str, Any], ttl: int) -> str:
    """Keep a validated request that no browser has brought yet (RFC 9126); returns the id that one may claim it by."""
    return store(client_id=client_id, parameters=parameters, browser=NO_BROWSER, ttl=ttl)


def claim(request_id: str, *, client_id: str, browser: str, ttl: int) -> bool:
    """Bind a pushed request of this client to the first browser that brings it, for `ttl` seconds. True for one."""
    c, now = authorization_requests.c, clock.now()
    waiting = (c.digest == opaque.digest("authorization_request", request_id), c.client_id == client_id)
    statement = update(authorization_requests).where(*waiting, c.browser == NO_BROWSER, c.expires_at > now)
    return write().execute(statement.values(browser=browser, expires_at=now + ttl)).rowcount == 1


def reopen(request: AuthorizationRequest, *, parameters: dict[str, Any], ttl: int) -> bool:
    """Begin one anew that has expired or was refused; nothing that was recorded counts. True for one caller."""
    c, now = authorization_requests.c, clock.now()
    over = and_(c.spent_at.is_(None), c.expires_at <= now) | and_(c.spent_at.is_not(None), c.decision == "deny")
    statement = update(authorization_requests).where(c.digest == request.digest, c.browser == request.browser, over)
    blank = dict.fromkeys(_RECORDED)
    return write().execute(statement.values({**blank, "parameters": parameters, "expires_at": now + ttl})).rowcount == 1


def find(request_id: str, *, browser: str) -> AuthorizationRequest | None:
    """The live request with this id, in the browser that began it only; spent or not."""
    c = authorization_requests.c
    digest = opaque.digest("authorization_request", request_id)
    statement = select(authorization_requests).where(
        c.digest == digest, c.browser == browser, c.expires_at > clock.now()
    )
    return as_one(AuthorizationRequest, read().execute(statement).one_or_none())


def recall(request_id: str) -> AuthorizationRequest | None:
    """The request with this id whatever has become of it, in whatever browser, for as long as it is kept."""
    digest = opaque.digest("authorization_request", request_id)
    statement = select(authorization_requests).where(authorization_requests.c.digest == digest)
    return as_one(AuthorizationRequest, read().execute(statement).one_or_none())


def extend(request: AuthorizationRequest, *, until: int) -> None:
    """Keep a live request open, never shorter than it would be."""
    c, now = authorization_requests.c, clock.now()
    live = (c.digest == request.digest, c.spent_at.is_(None), c.expires_at > now, c.expires_at < until)
    write().execute(update(authorization_requests).where(*live).values(expires_at=until))


def note(request: AuthorizationRequest, **facts: str) -> None:
    """Record that somebody has signed in (`authenticated_sid`) or was chosen (`chosen_sid`) for this request."""
    c = authorization_requests.c
    statement = update(authorization_requests).where(c.digest == request.digest, c.spent_at.is_(None))
    write().execute(statement.values(**facts))


def decide(request: AuthorizationRequest, *, decision: str, user_id: str, scope: str, ttl: int | None = None) -> bool:
    """Record the user's answer. True for exactly one answer (AZ24)."""
    c = authorization_requests.c
    statement = update(authorization_requests).where(
        c.digest == request.digest, c.decision.is_(None), c.spent_at.is_(None)
    )
    values = {"decision": decision, "decided_by": user_id, "decided_scope": scope, "decided_ttl": ttl}
    return write().execute(statement.values(values)).rowcount == 1


def spend(request: AuthorizationRequest, *, refused: bool = False) -> bool:
    """Use it up for the code or, `refused`, for an error: no code will ever be made of it. True for one caller."""
    c = authorization_requests.c
    statement = update(authorization_requests).where(c.digest == request.digest, c.spent_at.is_(None))
    # Whoever decided before, it ends as it ends: what was refused may be asked again, a code is given once.
    values = {"spent_at": clock.now(), "decision": "deny" if refused else "allow"}
    return write().execute(statement.values(values)).rowcount == 1


def purge(before: int) -> int:
    """Forget requests that expired before this time."""
    c = authorization_requests.c
    return write().execute(delete(authorization_requests).where(c.expires_at < before)).rowcount
