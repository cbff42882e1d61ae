"""`/admin/audit`: what was changed, by whom, and the same as a file."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.accounts.registration import Problem
from authserver.audit import trail
from authserver.audit.trail import Unclear
from authserver.browser import listing
from authserver.models import audit_events, clients, users
from authserver.models.audit_events import AuditEvent, Wanted
from authserver.models.listing import Place
from authserver.pages.admin.change import command
from authserver.pages.admin.forms import AuditForm

blueprint = Blueprint("audit", __name__)
#: Events in one file. All of them: the command line.
MOST = 10_000


@blueprint.get("/admin/audit")
def show() -> ResponseReturnValue:
    form, asked = _asked()
    if asked is None:
        return render_template("admin/audit.html", form=form, events=None), 400
    found = listing.shown(audit_events.search(asked, listing.part(form.data)), lambda event: Place(event.at, event.id))
    query = {name: text for name, text in request.args.items() if text and name not in listing.PLACES}
    return render_template(
        "admin/audit.html",
        form=form,
        events=found,
        people=users.named(_ids(found.items)),
        apps=clients.named(_ids(found.items)),
        query=query,
        most=MOST if audit_events.more_than(MOST, asked) else None,
        command=command("audit", "export", *_flags(query), "-o", "jsonl"),
    )


@blueprint.get("/admin/audit/export")
def export() -> ResponseReturnValue:
    form, asked = _asked()
    if asked is None:
        return render_template("admin/audit.html", form=form, events=None), 400
    day = f"{datetime.fromtimestamp(clock.now(), UTC):%Y-%m-%d}"
    answer = Response(_lines(asked), mimetype="application/jsonl")
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{day}.jsonl"'
    return answer


def _asked() -> tuple[AuditForm, Wanted | None]:
    """The form and what it asks for; None when that is unclear, and the form says why."""
    form = AuditForm()
    form.tag.choices = [("", "Everything"), *((tag, f"{tag}*" if tag.endswith(".") else tag) for tag in trail.TAGS)]
    listing.part(form.data)
    form.validate()
    try:
        return form, trail.wanted(**{name: text or "" for name, text in form.data.items()})
    except Unclear as error:
        form.show([Problem(error.field, str(error))])
        return form, None


def _lines(asked: Wanted) -> Iterator[str]:
    for part in trail.parts(asked, most=MOST):
        yield "".join(f"{json.dumps(trail.document(event))}\n" for event in part)


def _ids(events: list[AuditEvent]) -> set[str]:
    return {found for event in events for found in (event.actor, event.user_id, event.client_id) if found is not None}


def _flags(query: dict[str, str]) -> Iterator[str]:
    for name, value in query.items():
        yield f"--{name}={value}"
