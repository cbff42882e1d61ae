"""Cookies: on https `__Host-` and Secure, on http (loopback only) neither (decision 14); all HttpOnly, Path=/.

Lax, not Strict: people come from the pages of applications and must be recognised.
"""

from enum import StrEnum

from flask import Flask, Response, after_this_request, request

from authserver.browser.server import settings
from authserver.settings import Settings


class Cookie(StrEnum):
    """Every cookie of this server."""

    SESSION = "sid"
    BROWSER = "browser"
    LANGUAGE = "language"  # the person's choice, and when it was made
    CSRF = "csrf"  # Flask's signed cookie: the CSRF token and flashed messages
    PLAYGROUND = "playground"  # the request that the playground has begun, signed
    RESUME = "resume"  # the authorization that a sign-up or a reset has interrupted


def install(app: Flask, settings: Settings) -> None:
    """Let Flask's own cookie follow the same rules."""
    app.config.update(
        SESSION_COOKIE_NAME=name(settings, Cookie.CSRF),
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
    )


def name(settings: Settings, cookie: Cookie) -> str:
    """The cookie's name in the browser."""
    return f"__Host-{cookie}" if settings.secure else str(cookie)


def read(cookie: Cookie) -> str | None:
    """What the browser sent."""
    return request.cookies.get(name(settings(), cookie))


def none_came() -> bool:
    """Whether the browser has sent none of those that every page sets: they are switched off, or were cleared."""
    return not (read(Cookie.BROWSER) or read(Cookie.CSRF))


def keep(cookie: Cookie, value: str, *, lifetime: int | None = None) -> None:
    """Set it with this answer; without `lifetime` (seconds) it ends with the browser."""
    _with_answer(cookie, value, lifetime)


def drop(cookie: Cookie) -> None:
    """Remove it with this answer."""
    _with_answer(cookie, "", 0)


def _with_answer(cookie: Cookie, value: str, lifetime: int | None) -> None:
    own = settings()

    @after_this_request
    def _set(response: Response) -> Response:
        response.set_cookie(
            name(own, cookie), value, max_age=lifetime, path="/", secure=own.secure, httponly=True, samesite="Lax"
        )
        return response
