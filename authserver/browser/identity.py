"""Who is at the browser: the session cookie -> person (LG3, LG4), and the browser itself (decision 34)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec
from urllib.parse import quote, urlencode

import flask
from flask import Flask, Request, Response, g, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from authserver import opaque
from authserver.accounts import sessions
from authserver.accounts.sessions import SignedIn, Started
from authserver.accounts.visitor import Visitor
from authserver.browser import cookies
from authserver.browser.cookies import Cookie
from authserver.browser.server import settings
from authserver.models.sessions import Session
from authserver.models.users import User

__all__ = ["begin", "browser", "current_session", "current_user", "install", "leave", "login_required", "signed_in"]
P = ParamSpec("P")
BROWSER_LIFETIME = 180 * 86400


@dataclass(frozen=True, slots=True)
class Person:
    """`current_user` of Flask-Login. Its id is that of the session, never of the account."""

    signed_in: SignedIn
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return self.signed_in.session.sid


def install(app: Flask) -> None:
    """Flask-Login over the sessions that the server keeps: no cookie of its own, no "remember me"."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_recognise)
    manager.init_app(app, add_context_processor=False)
    app.after_request(_touch)


def signed_in() -> SignedIn | None:
    """The person and the session of this request."""
    if "signed_in" not in g:
        secret = cookies.read(Cookie.SESSION)
        g.signed_in = sessions.resolve(settings(), secret) if secret else None
    found: SignedIn | None = g.signed_in
    return found


def user() -> User | None:
    """The account of this request."""
    found = signed_in()
    return found.user if found is not None else None


def account() -> User:
    """The account, in a view that is `login_required`."""
    found = user()
    assert found is not None
    return found


def current_session() -> Session | None:
    """The session of this request."""
    found = signed_in()
    return found.session if found is not None else None


def begin(person: User, started: Started) -> None:
    """From this answer on the browser is in this session. Forms that were open before must be sent again."""
    cookies.keep(Cookie.SESSION, started.secret)
    cookies.keep(Cookie.BROWSER, _browser_secret(), lifetime=BROWSER_LIFETIME)
    flask.session.clear()
    _remember(SignedIn(person, started.session))


def leave() -> None:
    """From this answer on nobody is signed in."""
    cookies.drop(Cookie.SESSION)
    flask.session.clear()
    _remember(None)


def as_nobody() -> None:
    """Answer this request without asking the database who it is."""
    _remember(None)


def idly() -> None:
    """This request was made by a script, not by a person: it is no activity (decision 32)."""
    g.idly = True


def browser() -> str:
    """The digest that stands for this browser, whoever is signed in; a new one gets its cookie with this answer."""
    return opaque.digest("browser", _browser_secret())


def is_known_browser() -> bool:
    """Whether this request carries the browser cookie; a form posted from another site does not (SameSite=Lax)."""
    return bool(cookies.read(Cookie.BROWSER))


def visitor() -> Visitor:
    """Who is at the other end. The address is the peer's: the server process has applied the trusted proxies."""
    agent = "".join(character for character in request.user_agent.string[:200] if character.isprintable())
    return Visitor(address=request.remote_addr or "", user_agent=agent, browser=browser())


def login_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Send whoever is not signed in to the login page, and back here afterwards."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if signed_in() is not None else flask.redirect(_login_url(), 303)

    return guarded


def _recognise(_request: Request) -> Person | None:
    found = signed_in()
    return Person(found) if found is not None else None


def _remember(found: SignedIn | None) -> None:
    g.signed_in = found
    g.pop("_login_user", None)  # Flask-Login asks again


def _browser_secret() -> str:
    if "browser_secret" not in g:
        secret = cookies.read(Cookie.BROWSER)
        if not secret:
            secret = opaque.token("br")
            cookies.keep(Cookie.BROWSER, secret, lifetime=BROWSER_LIFETIME)
        g.browser_secret = secret
    kept: str = g.browser_secret
    return kept


def _login_url() -> str:
    if request.method not in {"GET", "HEAD"}:
        return "/login"  # a form cannot be sent again after the login
    target = quote(request.path)
    if request.query_string:
        target += "?" + quote(request.query_string, safe="/?:@!$&'()*+,;=%-._~")
    return "/login?" + urlencode({"next": target})


def _touch(response: Response) -> Response:
    found: SignedIn | None = g.get("signed_in")
    if found is not None and response.status_code < 500 and not g.get("idly"):
        sessions.touch(settings(), found.session)
    return response
