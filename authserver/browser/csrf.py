"""Forms are accepted only from our own pages: a token, and what the browser says of the sender (LG7, decision 13)."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect, generate_csrf

from authserver.languages import gettext as _

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

protection = CSRFProtect()


def install(app: Flask) -> None:
    """Every form of every page, save those that opt out below."""
    app.config["WTF_CSRF_SSL_STRICT"] = False  # our pages send no Referer
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # the token lives as long as its cookie
    app.before_request(_refuse_cross_site)
    protection.init_app(app)


def from_other_sites(view: View) -> View:
    """Mark a view whose POST comes from the pages of applications, and therefore carries no token."""
    view.__dict__["from_other_sites"] = True
    protection.exempt(view)
    return view


def checked_by_form(view: View) -> View:
    """Mark a view whose only input is a `Form`, which checks the token itself: a stale page keeps what was typed."""
    protection.exempt(view)
    return view


def renew(form: FlaskForm) -> None:
    """The session goes on under another cookie: give a form that is shown again the token that goes with it."""
    g.pop("csrf_token", None)
    form["csrf_token"].current_token = generate_csrf()


def _refuse_cross_site() -> None:
    if request.method in SAFE_METHODS or request.headers.get("Sec-Fetch-Site") != "cross-site":
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "from_other_sites", False):
        abort(403, _("This form was sent from another site."))
