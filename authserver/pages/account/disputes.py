""" "This was not me": what an event has made is ended, everybody else is signed out, and a new password is chosen."""

from collections.abc import Callable

from markupsafe import Markup

from authserver.accounts import links, recovery, sessions
from authserver.accounts.links import Purpose
from authserver.accounts.sessions import SignedIn
from authserver.accounts.throttling import Throttled
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.languages import Lazy, lazy
from authserver.models import api_keys as stored_keys
from authserver.models import sessions as stored_sessions
from authserver.models.audit_events import AuditEvent
from authserver.oauth import api_keys, withdrawal
from authserver.pages.account.sentences import Narrator, is_by_operator
from authserver.settings import Settings

BECAUSE = "not me"
SIGNED_IN = frozenset({Tag.USER_SIGNED_IN, Tag.USER_REAUTHENTICATED})
#: Whoever did this has set the present password: only the mailbox can still tell who is the owner.
NEW_PASSWORD = frozenset({Tag.USER_PASSWORD_CHANGED, Tag.USER_PASSWORD_RESET})
#: What a person may say that they did not do -> what will become of it.
OUTCOMES: dict[Tag, Lazy] = {
    Tag.USER_SIGNED_IN: lazy("The sign-in is ended, if it is not over yet."),
    Tag.USER_REAUTHENTICATED: lazy("The sign-in is ended, if it is not over yet."),
    Tag.USER_SIGN_IN_FAILED: lazy("The password was wrong: nobody got in. Many tries from one place are slowed down."),
    Tag.USER_PASSWORD_CHANGED: lazy("The password that was set then ends with the new one."),
    Tag.USER_PASSWORD_RESET: lazy("The password that was set then ends with the new one."),
    Tag.USER_PROFILE_CHANGED: lazy("The profile stays as it is: look at it afterwards."),
    Tag.USER_EMAIL_CHANGE_ASKED: lazy("The link that was sent to the other address stops working."),
    Tag.USER_EMAIL_CHANGED: lazy("The address stays as it is: look at your profile afterwards."),
    Tag.CONSENT_GRANTED: lazy("%(app)s loses its access, and all its tokens stop working."),
    Tag.GRANT_OPENED: lazy("%(app)s loses its access, and all its tokens stop working."),
    Tag.API_KEY_CREATED: lazy("The API key %(key)s is revoked. What uses it stops working."),
    Tag.API_KEY_CHANGED: lazy("The API key %(key)s is revoked. What uses it stops working."),
    Tag.API_KEY_ROTATED: lazy("The new API key that took the place of %(key)s is revoked. What uses it stops working."),
    Tag.CLIENT_CREATED: lazy("The application %(app)s stays as it is: look at it afterwards."),
    Tag.CLIENT_CHANGED: lazy("The application %(app)s stays as it is: look at it afterwards."),
    Tag.CLIENT_SECRET_ADDED: lazy("The application %(app)s stays as it is: revoke its new secret afterwards."),
}


def can_be_disputed(event: AuditEvent, own: SignedIn) -> bool:
    """Whether it was somebody as the person, at another browser than this one where it is about a sign-in."""
    if event.tag not in OUTCOMES or is_by_operator(event):
        return False
    return event.tag not in SIGNED_IN or event.details.get("sid") != own.session.sid


def outcome(event: AuditEvent, narrator: Narrator) -> Markup:
    """What will become of what it has made."""
    return narrator.fill(OUTCOMES[Tag(event.tag)], event)


def act(settings: Settings, own: SignedIn, event: AuditEvent, *, visitor: Visitor) -> bool:
    """Do all of it. Whether a link to choose a new password was sent."""
    undo = _UNDO.get(Tag(event.tag))
    if undo is not None:
        undo(event, own.user.id)
    ended = sessions.end_others(own, visitor=visitor)
    user_id = own.user.id
    facts = {"event": event.id, "about": event.tag}
    record(Tag.ACTIVITY_DISPUTED, actor=user_id, user_id=user_id, address=visitor.address, sessions=ended, **facts)
    return event.tag in NEW_PASSWORD and _send_link(settings, own, visitor)


def _send_link(settings: Settings, own: SignedIn, visitor: Visitor) -> bool:
    try:
        recovery.ask(settings, login=own.user.email, visitor=visitor)
    except Throttled:  # there is one on its way
        return False
    return True


def _end_session(event: AuditEvent, user_id: str) -> None:
    stored_sessions.end_by_sid(str(event.details.get("sid")), user_id=user_id)


def _end_access(event: AuditEvent, user_id: str) -> None:
    withdrawal.withdraw(user_id=user_id, client_id=event.client_id or "", actor=user_id)


def _end_key(event: AuditEvent, user_id: str) -> None:
    made = event.details.get("successor") or event.details.get("key")
    key = stored_keys.find(str(made), user_id=user_id)
    if key is not None:
        api_keys.revoke(key, actor=user_id, because=BECAUSE)


def _end_link(_event: AuditEvent, user_id: str) -> None:
    links.revoke(Purpose.EMAIL, user_id=user_id)


_UNDO: dict[Tag, Callable[[AuditEvent, str], None]] = {
    Tag.USER_SIGNED_IN: _end_session,
    Tag.USER_REAUTHENTICATED: _end_session,
    Tag.USER_EMAIL_CHANGE_ASKED: _end_link,
    Tag.CONSENT_GRANTED: _end_access,
    Tag.GRANT_OPENED: _end_access,
    Tag.API_KEY_CREATED: _end_key,
    Tag.API_KEY_CHANGED: _end_key,
    Tag.API_KEY_ROTATED: _end_key,
}
