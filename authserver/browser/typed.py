"""What somebody typed on a page that had to be left: their user name, never their password (WCAG 3.3.7)."""

import flask

KEY = "typed"
LONGEST = 254


def keep(username: str | None) -> None:
    """For the next login page of this browser."""
    if username:
        flask.session[KEY] = username[:LONGEST]


def take() -> str | None:
    """The user name, once."""
    found = flask.session.pop(KEY, None)
    return found if isinstance(found, str) else None
