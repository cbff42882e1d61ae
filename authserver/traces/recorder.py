"""Writing traces: what was noted of requests is completed, redacted, bounded, and kept for seven days."""

import logging
from dataclasses import replace

from authserver.models import batches, clients, grants, traces
from authserver.models.database import Unavailable
from authserver.models.traces import Trace
from authserver.models.unit_of_work import unit_of_work
from authserver.traces.checks import Cause, Check, Checks
from authserver.traces.notes import Notes
from authserver.traces.redaction import clean

KEPT = 7 * 86400  # seconds
MOST_CHECKS = 30


class Recorder(batches.Recorder[tuple[Checks, ...]]):
    """The requests that this process has answered."""

    NAME = "traces"
    logger = logging.getLogger("authserver.traces")
    _notes: Notes

    def note(self, checks: Checks) -> None:
        """A request has ended. Never waits for the database, never fails."""
        if self._notes.add(checks) and self._thread is None:
            self._start()

    def find(self, trace_id: str) -> Trace | None:
        """A trace, also one that this process has noted and not yet written. Sees what is committed now."""
        self.flush()
        with unit_of_work(self._database):
            return traces.find(trace_id)

    def nothing_noted(self) -> Notes:
        return Notes()

    def write(self, batch: tuple[Checks, ...]) -> None:
        try:
            traces.add([self._row(checks) for checks in batch])
        except Unavailable:
            raise
        except Exception as error:  # a defect of ours: the same batch would fail for ever
            self.logger.warning("%d traces are lost: %s", len(batch), type(error).__name__)

    def _row(self, checks: Checks) -> Trace:
        cause = self._completed(checks.cause)
        list_ = [_stored(check) for check in _in_order(checks, cause)[-MOST_CHECKS:]]
        return Trace(
            id=checks.id,
            at=checks.at,
            endpoint=checks.endpoint,
            client_id=checks.client_id or _known(cause.client_id if cause is not None else None),
            user_id=checks.user_id or _user_of(checks.grant_id),
            error=checks.error,
            cause=cause.case if cause is not None else None,
            checks={"checks": list_},
        )

    def _completed(self, cause: Cause | None) -> Cause | None:
        """The cause with what is found out only now. Raises what says that the database is away."""
        if cause is None or cause.later is None:
            return cause
        try:
            return cause.later()
        except Unavailable:
            raise
        except Exception as error:
            self.logger.warning("a cause is not looked up: %s", type(error).__name__)
            return replace(cause, later=None)


def _in_order(checks: Checks, cause: Cause | None) -> list[Check]:
    """The checks with the one that has failed at the end; what had passed before under its name has not, after all."""
    if checks.error is None:
        return checks.list
    if cause is None:
        return [*checks.list, ("Answer", False, checks.says, None, None)]
    before = [check for check in checks.list if check[0] != cause.check]
    return [*before, (cause.check, False, cause.says or checks.says, cause.expected, cause.received)]


def _stored(check: Check) -> dict[str, object]:
    name, passed, *texts = check
    shown = zip(("says", "expected", "received"), texts, strict=True)
    return {"name": name, "passed": passed, **{member: clean(text) for member, text in shown if text is not None}}


def _known(client_id: str | None) -> str | None:
    """The application that a request has named, if there is one: anybody may name anything."""
    return client_id if client_id is not None and clients.find(client_id) is not None else None


def _user_of(grant_id: str | None) -> str | None:
    grant = grants.find(grant_id) if grant_id is not None else None
    return grant.user_id if grant is not None else None
