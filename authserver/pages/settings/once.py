"""Forms whose answer shows a secret work once: sent again (reload, two clicks at a time), they make nothing."""

from authserver import opaque
from authserver.models import links

LIFETIME = 30 * 86400  # no web session lives longer: an older form is refused for its CSRF token


def nonce() -> str:
    """For the hidden field `nonce` of a new form."""
    return opaque.token("fn")


def first(purpose: str, value: str | None, *, user_id: str) -> bool:
    """Whether this form is sent for the first time; True for exactly one of several at a time.

    A form without a nonce was sent by a program, which nobody reloads.
    """
    return not value or links.claim(purpose, value, user_id=user_id, ttl=LIFETIME)
