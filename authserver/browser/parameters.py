"""Input that no page can use is refused before any page sees it: NUL, bad UTF-8, floods (decision 9, IJ3, IJ4)."""

from urllib.parse import unquote_to_bytes

from flask import Flask, abort, request

from authserver.languages import gettext as _

BODY_LIMIT = 2 * 1024 * 1024
MOST_FIELDS = 1000


def install(app: Flask) -> None:
    """Look at every request before its view."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.config["MAX_FORM_MEMORY_SIZE"] = BODY_LIMIT
    app.before_request(_refuse)


def _refuse() -> None:
    query = request.query_string
    # Read once and cached: Flask parses the form from the same bytes.
    body = request.get_data(cache=True) if request.method not in {"GET", "HEAD"} else b""
    if len(body) >= BODY_LIMIT:  # sent in chunks, without a length: Werkzeug has cut it off there and says nothing
        abort(413)
    if max(query.count(b"&"), body.count(b"&")) >= MOST_FIELDS:
        abort(400, _("There are too many fields."))
    raw_path = request.environ.get("PATH_INFO", "").encode("latin-1", "replace")
    if not all(_is_text(part) for part in (raw_path, unquote_to_bytes(query), _decoded(body))):
        abort(400, _("There are characters that no field may hold."))


def _decoded(body: bytes) -> bytes:
    return unquote_to_bytes(body) if request.mimetype == "application/x-www-form-urlencoded" else body


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False
