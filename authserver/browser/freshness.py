"""Proving again who one is before something dangerous: the password in the same form, nothing typed is lost (C17)."""

from authserver import clock
from authserver.accounts import sessions
from authserver.accounts.authentication import Wrong, authenticate
from authserver.browser import identity
from authserver.browser.server import settings

#: Seconds for which a password proves who sits at the browser.
LIFETIME = 600


def needed() -> bool:
    """Whether the login of this request is too old for a dangerous change."""
    session = identity.current_session()
    return session is None or clock.now() - session.auth_time > LIFETIME


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
