"""CHECKS: what is looked at, in this order. Each says what it has found; trouble says what to do about it."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from authserver import clock
from authserver.keyring.keyring import Keyring
from authserver.limits.limiter import Limiter
from authserver.models import audit_events, logouts, outbox, storage
from authserver.models.database import Database, Unavailable
from authserver.models.revision import is_current
from authserver.models.unit_of_work import ping
from authserver.settings import ASYMMETRIC_ALGORITHMS, Settings, SettingsError

BEHIND = "The database has not the newest schema. Run `authserver db upgrade`."
#: When this program was young: a clock that says less is wrong.
YOUNG = 1_760_000_000
#: Mail that waits for longer is not on its way.
LATE = 15 * 60


@dataclass(frozen=True, slots=True)
class Installation:
    """What is looked at. A unit of work must be open around every check."""

    settings: Settings
    database: Database
    migrations: Path
    keyring: Keyring
    limiter: Limiter


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    ok: bool
    detail: str


class Trouble(Exception):
    """Something is not in order."""


@dataclass(frozen=True, slots=True)
class Check:
    """`vital`: without it the checks behind it say nothing."""

    name: str
    look: Callable[[Installation], str]
    vital: bool = False


def examine(check: Check, installation: Installation) -> Finding:
    """What this check has found."""
    try:
        return Finding(check.name, True, check.look(installation))
    except (Trouble, SettingsError) as error:
        return Finding(check.name, False, str(error))
    except Unavailable as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()
        return Finding(check.name, False, f"The database cannot be used: {' '.join(cause[:1])}.")


def _database(installation: Installation) -> str:
    ping()
    return storage.version()


def _schema(installation: Installation) -> str:
    if not is_current(installation.database, installation.migrations):
        raise Trouble(BEHIND)
    return "newest"


def _signing_keys(installation: Installation) -> str:
    current = {row.alg for row, state in installation.keyring.states() if state == "current"}
    if missing := [alg for alg in ASYMMETRIC_ALGORITHMS if alg not in current]:
        raise Trouble(f"No current key for {' '.join(missing)}. Run `authserver db upgrade`.")
    return " ".join(sorted(current))


def _clock(installation: Installation) -> str:
    newest = audit_events.latest(limit=1)
    now = clock.now()
    if now < YOUNG or (newest and newest[0].at > now + 60):
        raise Trouble("This clock is behind: tokens would be refused, or live too long.")
    return "plausible"


def _master_key(installation: Installation) -> str:
    settings = installation.settings
    path = settings.keys_dir / "master.key"
    if settings.master_key is not None:
        return "from AUTHSERVER_MASTER_KEY"
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Trouble(f"Others can read {path}. Run `chmod 600 {path}`.")
    return str(path)


def _counters(installation: Installation) -> str:
    kind = "Redis" if installation.settings.redis_url is not None else "beside the database"
    if not installation.limiter.answers():
        raise Trouble(f"The counters of the rate limits do not answer ({kind}): every process counts by itself.")
    return kind


def _mail(installation: Installation) -> str:
    if installation.settings.smtp_url is None:
        return "no AUTHSERVER_SMTP_URL: mail goes to the log"
    backlog = outbox.backlog()
    late = backlog.since is not None and backlog.since < clock.now() - LATE
    # One that nobody takes, such as one to a mistyped address, is no trouble while others are sent.
    if late and (backlog.last_sent_at or 0) < clock.now() - LATE:
        raise Trouble(f"Mail waits for more than 15 minutes ({backlog.waiting}): see the log for what the server says.")
    return f"AUTHSERVER_SMTP_URL is set; waiting: {backlog.waiting}, of these tried in vain: {backlog.failing}"


def _logouts(installation: Installation) -> str:
    due_at = logouts.next_due()
    # An application that is away is tried again later; what is due and stays so is nobody's.
    if due_at is not None and due_at < clock.now() - LATE:
        raise Trouble("Applications should have been told of sign-outs, and no server process does it: is one running?")
    return f"applications that are still to be told of a sign-out: {logouts.count()}"


CHECKS = [
    Check("database", _database, vital=True),
    Check("schema", _schema, vital=True),
    Check("signing keys", _signing_keys),
    Check("clock", _clock),
    Check("master key", _master_key),
    Check("counters", _counters),
    Check("mail", _mail),
    Check("sign-outs", _logouts),
]
