"""`/settings/apps/<client_id>/requests`: what the application has sent, and why it was refused."""

from dataclasses import dataclass

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from authserver.browser.identity import login_required
from authserver.models import traces
from authserver.models.traces import Trace
from authserver.pages.settings import cursors
from authserver.pages.settings.apps.code import flow_of, sample
from authserver.pages.settings.apps.frame import address_of, page
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("requests", __name__)
TAB = "requests"
FAILED = "failed"
ON_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request: what was asked, and which check it has failed."""

    id: str
    at: int
    endpoint: str
    error: str | None
    check: str | None
    says: str | None


@blueprint.get("/settings/apps/<client_id>/requests")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client, after = own_client(client_id), cursors.read(request.args.get("after"))
    failed = request.args.get("only") == FAILED
    found = traces.of_client(client.client_id, limit=ON_A_PAGE + 1, after=after, failed=failed)
    shown, here = found[:ON_A_PAGE], address_of(client, TAB)
    first = f"{here}?only={FAILED}" if failed else here
    older = f"{first}{'&' if failed else '?'}after=" if len(found) > ON_A_PAGE else None
    return page(
        client,
        TAB,
        requests=[row(trace) for trace in shown],
        first=sample(client, "curl") if not found and flow_of(client) else None,
        only=FAILED if failed else "all",
        filters=[("all", here, "All"), (FAILED, f"{here}?only={FAILED}", "Failed")],
        newest=first if after else None,
        older=older and older + cursors.after(shown[-1].at, shown[-1].id),
    )


def row(trace: Trace) -> RequestRow:
    """A trace in one line: of several checks the one that has failed."""
    failed = [check for check in trace.checks.get("checks", ()) if check.get("passed") is False]
    check, says = (failed[0].get("name"), failed[0].get("says")) if failed else (None, None)
    return RequestRow(trace.id, trace.at, trace.endpoint, trace.error, check, says)
