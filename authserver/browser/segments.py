"""Ids in paths: that of a client may be a URL, whose slashes must not be taken for those of the path.

WSGI decodes a path once, so they are encoded twice.
"""

from urllib.parse import quote, unquote

from flask import Flask
from werkzeug.routing import UnicodeConverter

_URL, _ENCODED = "https://", "https%3A%2F%2F"


def install(app: Flask) -> None:
    """Before the routes are added: `<name>` reads such an id, and the filter `segment` writes it."""
    app.url_map.converters["default"] = Segment
    app.jinja_env.filters["segment"] = segment


def segment(client_id: str) -> str:
    """An id as one segment of a path."""
    once = quote(client_id, safe="")
    return quote(once, safe="") if client_id.startswith(_URL) else once


class Segment(UnicodeConverter):
    """One segment; an id that is a URL as it is meant."""

    def to_python(self, value: str) -> str:
        return unquote(value) if value.startswith(_ENCODED) else value

    def to_url(self, value: str) -> str:
        return segment(value) if value.startswith(_URL) else super().to_url(value)
