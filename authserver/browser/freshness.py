"""Proving again who one is before something dangerous: the password in the same form, nothing typed is lost (C17)."""

from authserver import clock
from authserver.accounts import sessions
from authserver.accounts.authentication import Wrong, authenticate
from authserver.accounts.registration import Problem
from authserver.accounts.throttling import Throttled
from authserver.browser import csrf, identity
from authserver.browser.forms import Form
from authserver.browser.refusals import in_words
from authserver.browser.server import settings
from authserver.languages import gettext as _

#: Seconds for which a password proves who sits at the browser.
LIFETIME = 600


def needed() -> bool:
    """Whether the login of this request is too old for a dangerous change."""
    session = identity.current_session()
    return session is None or clock.now() - session.auth_time > LIFETIME


def refused(form: Form, *, wrong: str) -> tuple[int, dict[str, str]] | None:
    """None when the password of this form is right, or not asked for; the form may then be shown again.

    Else a status and headers, and the form says what is wrong: `wrong`, or how long to wait.
    """
    if "password" not in form:
        return None
    try:
        prove(form["password"].data or "")
    except Wrong:
        form.show([Problem("password", wrong)])
        return 400, {}
    except Throttled as error:
        says = _("Too many attempts. Please try again in %(time)s.", time=in_words(error.wait))
        form.show([Problem("password", says)])
        return 429, {"Retry-After": str(error.wait)}
    csrf.renew(form)
    return None


def prove(password: str) -> None:
    """The session goes on under a new cookie, as after a login (LG3). Raises Wrong, Throttled, Busy."""
    found = identity.signed_in()
    if found is None:
        raise Wrong
    visitor = identity.visitor()
    authenticate(settings(), login=found.user.username, password=password, visitor=visitor)
    started = sessions.reauthenticate(settings(), found, visitor=visitor)
    if started is None:  # ended elsewhere, or renewed by another tab, whose new cookie must not be dropped
        identity.as_nobody()
        raise Wrong
    identity.begin(found.user, started)
