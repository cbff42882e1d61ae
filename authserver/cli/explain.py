"""`authserver explain`: how one request was checked."""

from typing import Any

import click

from authserver.cli.failures import NotFound
from authserver.cli.output import is_table, note, show, show_many
from authserver.cli.verb import Verb
from authserver.cli.work import work
from authserver.models import traces
from authserver.models.traces import Trace
from authserver.oauth import catalogue

COLUMNS = ("check", "passed", "says", "expected", "received")


@click.command("explain", cls=Verb)
@click.argument("trace")
def explain(trace: str) -> None:
    """Show what was checked of the request with this id, which stands in X-Request-Id and on error pages."""
    with work():
        found = traces.find(trace)
    if found is None:
        raise NotFound("There is no such trace: it is not written yet, or older than seven days.")
    if not is_table():
        show(_document(found))
        return
    show({name: value for name, value in _document(found).items() if name != "checks"})
    click.echo()
    show_many([{"check": check["name"], **check} for check in found.checks.get("checks", ())], COLUMNS)
    if case := catalogue.case_of(found.error, found.cause):
        note(f"\n{case.means}\n{case.fix}")


def _document(trace: Trace) -> dict[str, Any]:
    return {
        "id": trace.id,
        "at": trace.at,
        "endpoint": trace.endpoint,
        "client_id": trace.client_id,
        "user_id": trace.user_id,
        "error": trace.error,
        "cause": trace.cause,
        "checks": trace.checks.get("checks", []),
    }


COMMAND = explain
