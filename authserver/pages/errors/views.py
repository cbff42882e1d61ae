"""Errors as pages. They tell the public little; the trace id leads an operator to the log (decision 35)."""

import logging
from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from authserver.accounts.passwords import Busy
from authserver.browser import identity
from authserver.languages import Lazy
from authserver.languages import lazy as _
from authserver.models.database import Unavailable

log = logging.getLogger("authserver.pages")
blueprint = Blueprint("errors", __name__)

RETRY_AFTER = 3
KEPT_HEADERS = ("Allow", "Retry-After")
TEXTS: Mapping[int, tuple[Lazy, Lazy]] = {
    400: (_("This request cannot be used"), _("Something in it is missing or malformed. Go back and try again.")),
    403: (_("This is not allowed"), _("You may not do this here.")),
    404: (_("There is no such page"), _("The address may be mistyped, or what was there is gone.")),
    405: (_("This cannot be done here"), _("The page exists, but not for this kind of request.")),
    413: (_("This is too large"), _("What was sent is larger than any form of ours.")),
    415: (_("This cannot be read"), _("It was sent in a form that this page does not understand.")),
    429: (_("Too many attempts"), _("Please wait a little, then try again.")),
    500: (
        _("Something went wrong here"),
        _("It is not your fault, and nothing was changed. Please try again later."),
    ),
    503: (_("The server cannot answer now"), _("Nothing was changed. Please try again in a moment.")),
}
OTHERWISE = (_("This cannot be answered"), _("Please go back and try again."))
STALE_FORM = (
    _("This page was open for too long"),
    _(
        "Its form was not accepted, and nothing was changed. Go back, load the page again, and send it once more. "
        "If that does not help, allow cookies for this site."
    ),
)


@blueprint.app_errorhandler(HTTPException)
def refused(error: HTTPException) -> ResponseReturnValue:
    """What a view or Flask itself has refused."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    title, cause = _words(error, status)
    headers = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    if status >= 500:
        request.environ["authserver.rollback"] = True
        identity.as_nobody()
    return _page(status, title, cause), status, headers


@blueprint.app_errorhandler(Exception)
def unexpected(error: Exception) -> ResponseReturnValue:
    """A defect of ours: nothing of this request is kept."""
    log.error("unexpected error, trace %s", _trace_id(), exc_info=error)
    return refused(InternalServerError())


def unavailable(error: Exception) -> ResponseReturnValue:
    """The database, or a place to check a password in, is not to be had at the moment."""
    log.warning("unavailable, trace %s: %s", _trace_id(), type(error).__name__)
    return refused(ServiceUnavailable(retry_after=RETRY_AFTER))


for _kind in (*Unavailable, Busy):
    blueprint.app_errorhandler(_kind)(unavailable)


def _words(error: HTTPException, status: int) -> tuple[str, str]:
    if isinstance(error, CSRFError):
        return str(STALE_FORM[0]), str(STALE_FORM[1])
    title, cause = TEXTS.get(status, OTHERWISE)
    if error.description and error.description != _default(error):
        return str(getattr(error, "title", title)), str(error.description)  # ours: views give it to `abort`
    return str(getattr(error, "title", title)), str(cause)


def _default(error: HTTPException) -> str | None:
    builtin = next(kind for kind in type(error).__mro__ if kind.__module__ == "werkzeug.exceptions")
    described: str | None = builtin.description  # type: ignore[attr-defined]
    return described


def _page(status: int, title: str, cause: str) -> str:
    # What stood in the address may be a secret that was sent to the wrong place: no link leads back there (IJ6).
    elsewhere = {"here": "/"} if request.view_args else {}
    facts = {"status": status, "title": title, "cause": cause, "trace_id": _trace_id(), **elsewhere}
    return render_template("errors/error.html", **facts)


def _trace_id() -> str:
    return str(request.environ.get("authserver.trace_id", ""))
