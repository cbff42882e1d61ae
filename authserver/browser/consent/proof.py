"""Proving again who one is before an application gets dangerous permissions, or after a while (C17)."""

from enum import StrEnum

from authserver.accounts import passwords
from authserver.accounts.authentication import Wrong
from authserver.browser import freshness, identity
from authserver.languages import gettext as _
from authserver.models import authorization_requests
from authserver.models.scopes import Scope
from authserver.oauth import interaction, scopes
from authserver.oauth.interaction import Progress


class Proof(StrEnum):
    """Why the page has a field for the password."""

    OLD = "old"  # the login was a while ago
    DANGER = "danger"  # what is asked for can destroy, or is reserved to administrators
    CHOICE = "choice"  # the same, if the person checks it


class Refused(Exception):
    """The password was not right, in words for the person; after that of the page the choice stays theirs."""


def is_dangerous(scope: Scope) -> bool:
    """Whether it can destroy something, or belongs to administrators."""
    return scope.reserved or scopes.kind(scope.name) == "delete"


def expected(progress: Progress, names: tuple[str, ...]) -> Proof | None:
    """Why allowing these scopes takes the password; None when it does not.

    Not for whoever has just signed in for this very request.
    """
    if freshness.needed():
        return Proof.OLD
    if progress.just_authenticated:
        return None
    before = interaction.standing(progress).scope
    new = {name for name in names if name not in before}
    if not any(is_dangerous(scope) for scope in scopes.known() if scope.name in new):
        return None
    return Proof.CHOICE if progress.client.allow_scope_deselect else Proof.DANGER


def give(progress: Progress, password: str) -> None:
    """Check it and note it, for this request and for the session. Raises Refused, Throttled, Busy."""
    if not password:
        raise Refused(_("Enter your password."))
    if passwords.too_long(password):
        raise Refused(_("The password is wrong."))
    try:
        freshness.prove(password)
    except Wrong:
        raise Refused(_("The password is wrong.")) from None
    session = identity.current_session()
    assert session is not None  # it goes on under a new secret
    authorization_requests.note(progress.request, authenticated_sid=session.sid)
