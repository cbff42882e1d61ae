"""`authserver doctor`: look whether everything is in order."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from authserver import clock
from authserver.cli.failures import Failure, Findings
from authserver.cli.output import show_many
from authserver.cli.verb import Verb
from authserver.cli.work import BEHIND, open_house, translated
from authserver.models import audit_events
from authserver.models.revision import is_current
from authserver.models.unit_of_work import ping, unit_of_work
from authserver.settings import ASYMMETRIC_ALGORITHMS

if TYPE_CHECKING:
    from authserver.composition import House

#: When this program was young: a clock that says less is wrong.
YOUNG = 1_760_000_000
COLUMNS = ("check", "ok", "detail")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    ok: bool
    detail: str


@click.command("doctor", cls=Verb)
def doctor() -> None:
    """Look at settings, database, schema, keys and clock. Exits 6 when something is not in order."""
    findings = list(examine())
    show_many(map(asdict, findings), COLUMNS)
    if not all(finding.ok for finding in findings):
        raise Findings("Not everything is in order.")


def examine() -> Iterator[Finding]:
    """Every check in turn; what cannot be looked at because of an earlier trouble is left out."""
    try:
        with translated():
            house = open_house(prepare=False)
    except Failure as failure:
        yield Finding("settings", False, str(failure))
        return
    yield Finding("settings", True, f"issuer {house.settings.issuer}")
    yield _mail(house)
    database = _tried("database", lambda: _database(house))
    yield database
    if not database.ok:
        return
    schema = _tried("schema", lambda: _schema(house))
    yield schema
    if schema.ok:
        yield _tried("signing keys", lambda: _signing_keys(house))
        yield _tried("clock", lambda: _clock(house))
    yield _master_key(house)


def _tried(check: str, look: Callable[[], str]) -> Finding:
    try:
        with translated():
            return Finding(check, True, look())
    except Failure as failure:
        return Finding(check, False, str(failure))


def _database(house: "House") -> str:
    with unit_of_work(house.database):
        ping()
    return "SQLite" if house.database.is_sqlite else "PostgreSQL"


def _schema(house: "House") -> str:
    if not is_current(house.database, house.migrations):
        raise Failure(BEHIND)
    return "newest"


def _signing_keys(house: "House") -> str:
    with unit_of_work(house.database):
        current = {row.alg for row, state in house.server.keyring.states() if state == "current"}
    if missing := [alg for alg in ASYMMETRIC_ALGORITHMS if alg not in current]:
        raise Failure(f"No current key for {' '.join(missing)}. Run `authserver db upgrade`.")
    return " ".join(sorted(current))


def _clock(house: "House") -> str:
    with unit_of_work(house.database):
        newest = audit_events.latest(limit=1)
    now = clock.now()
    if now < YOUNG or (newest and newest[0].at > now + 60):
        raise Failure("This clock is behind: tokens would be refused, or live too long.")
    return "plausible"


def _master_key(house: "House") -> Finding:
    settings = house.settings
    path = settings.keys_dir / "master.key"
    if settings.master_key is not None:
        return Finding("master key", True, "from AUTHSERVER_MASTER_KEY")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding("master key", False, f"Others can read {path}. Run `chmod 600 {path}`.")
    return Finding("master key", True, str(path))


def _mail(house: "House") -> Finding:
    if house.settings.smtp_url is None:
        return Finding("mail", True, "no AUTHSERVER_SMTP_URL: mail goes to the log")
    return Finding("mail", True, "AUTHSERVER_SMTP_URL is set")


COMMAND = doctor
