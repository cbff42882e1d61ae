"""Errors with their own words on the error page."""

from werkzeug.exceptions import BadRequest, TooManyRequests

from authserver import languages
from authserver.languages import gettext as _
from authserver.languages import lazy


class Stale(BadRequest):
    """An authorization that cannot go on here: answered, expired, another browser's, unknown. It has its own page."""


class TooManyAttempts(TooManyRequests):
    """Try again in `wait` seconds."""

    title = lazy("Too many attempts")

    def __init__(self, wait: int) -> None:
        super().__init__(_("Please try again in %(time)s.", time=in_words(wait)), retry_after=wait)


def in_words(seconds: int) -> str:
    """A waiting time for people."""
    return languages.duration(seconds)
