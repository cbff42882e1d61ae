"""A trace as its reader may see it: who may, what has failed, and whether one click mends it."""

import re
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app
from werkzeug.exceptions import NotFound

from authserver.models import clients
from authserver.models.clients import Client
from authserver.models.traces import Trace
from authserver.models.users import User
from authserver.oauth import catalogue, playground, redirect_difference, redirect_uri
from authserver.oauth.catalogue import Case
from authserver.oauth.errors import OAuth2Error
from authserver.oauth.redirect_difference import Difference
from authserver.traces.recorder import Recorder
from authserver.traces.redaction import REDACTED

_ID = re.compile(r"[0-9a-f]{16}")
#: Cases whose two texts are redirect URIs.
_DIFFERENT_URIS = frozenset({"redirect_uri_mismatch", "redirect_uri_differs"})


class Absent(NotFound):
    """A trace that is not there, and one that is somebody else's: the same answer (AD1)."""

    title = "There is no such trace here"
    description = (
        "If you have just sent the request, load this page again in a second: it may not be written yet. Otherwise it "
        "is no longer here, because traces are kept for seven days, and of a busy application's requests only samples; "
        "or it is not about an application of yours."
    )


@dataclass(frozen=True, slots=True)
class Explained:
    """A trace, and what follows from it for this reader."""

    trace: Trace
    client: Client | None
    checks: list[dict[str, Any]]
    owned: bool

    @property
    def failed(self) -> dict[str, Any] | None:
        """The check that has failed."""
        return next((check for check in self.checks if check.get("passed") is False), None)

    @property
    def case(self) -> Case | None:
        """What the catalogue says of it."""
        return catalogue.case_of(self.trace.error, self.trace.cause)

    @property
    def difference(self) -> Difference | None:
        """Two redirect URIs, where these are what was compared."""
        failed = self.failed or {}
        expected, received = failed.get("expected"), failed.get("received")
        if self.trace.cause not in _DIFFERENT_URIS or expected is None or received is None:
            return None
        return redirect_difference.nearest(received, (expected,))

    @property
    def wanted(self) -> str | None:
        """The redirect URI that the owner may want to register: as it was sent, and not there by now."""
        received = (self.failed or {}).get("received")
        if not self.owned or self.client is None or self.trace.cause != "redirect_uri_mismatch" or received is None:
            return None
        is_whole = REDACTED not in received and len(received) < redirect_difference.LONGEST
        return received if is_whole and not redirect_uri.matches(received, self.client.redirect_uris) else None

    @property
    def rule(self) -> str | None:
        """Why the wanted URI cannot be registered; None when it can."""
        try:
            redirect_uri.check(self.wanted, native=self.client is not None and self.client.type == "native")
        except OAuth2Error as error:
            return str(error.description)
        return None


def explained(trace_id: str, reader: User) -> Explained:
    """The trace, if this person may see it. Raises Absent."""
    trace = _recorder().find(trace_id) if is_id(trace_id) else None
    if trace is None:
        raise Absent
    client = clients.find(trace.client_id) if trace.client_id is not None else None
    owned = client is not None and client.owner_id == reader.id
    if not (owned or reader.is_admin or _is_own_walk(trace, reader)):
        raise Absent
    return Explained(trace, client, list(trace.checks.get("checks", ())), owned)


def owned(trace_id: str, reader: User) -> Explained:
    """The trace, for whoever wants to change the application. Raises Absent, and 403 for an administrator."""
    found = explained(trace_id, reader)
    if not found.owned:
        abort(403, "Only the owner of the application can add a redirect URI here.")
    return found


def is_id(text: str) -> bool:
    """Whether this can be the id of a trace."""
    return _ID.fullmatch(text) is not None


def _is_own_walk(trace: Trace, reader: User) -> bool:
    """The playground's client belongs to nobody: what a person does there is theirs to see."""
    return trace.client_id == playground.CLIENT_ID and trace.user_id == reader.id


def _recorder() -> Recorder:
    kept: Recorder = current_app.extensions["authserver"].traces
    return kept
