"""What happened to an account, in plain sentences: each event of the audit has its own, or is knowingly left out.

A sentence is found by the tag and, where it makes a difference, by how it came about: by an operator, about one scope,
about many sessions.
"""

from collections.abc import Iterator
from functools import cache

from markupsafe import Markup, escape

from authserver.accounts.device import Device
from authserver.audit.tags import Tag
from authserver.languages import Lazy, lazy
from authserver.languages import gettext as _
from authserver.models import api_keys, clients
from authserver.models.audit_events import AuditEvent
from authserver.oauth import connection, scopes

#: What the page can be narrowed to -> the events that it shows then, and no others.
KINDS: dict[str, tuple[Tag, ...]] = {
    "sign-ins": (
        Tag.USER_SIGNED_IN,
        Tag.USER_SIGN_IN_FAILED,
        Tag.USER_REAUTHENTICATED,
        Tag.USER_SIGNED_OUT,
        Tag.SESSION_ENDED,
    ),
    "apps": (
        Tag.CONSENT_GRANTED,
        Tag.CONSENT_DENIED,
        Tag.CONSENT_WITHDRAWN,
        Tag.GRANT_OPENED,
        Tag.GRANT_REVOKED,
        Tag.CODE_REPLAYED,
        Tag.REFRESH_REUSED,
        Tag.TOKEN_EXCHANGED,
        Tag.ASSERTION_TAKEN,
        Tag.CLIENT_CREATED,
        Tag.CLIENT_CHANGED,
        Tag.CLIENT_DISABLED,
        Tag.CLIENT_ENABLED,
        Tag.CLIENT_VERIFIED,
        Tag.CLIENT_UNVERIFIED,
        Tag.CLIENT_DELETED,
        Tag.CLIENT_SECRET_ADDED,
        Tag.CLIENT_SECRET_REVOKED,
    ),
    "keys": (
        Tag.API_KEY_CREATED,
        Tag.API_KEY_CHANGED,
        Tag.API_KEY_ROTATED,
        Tag.API_KEY_REVOKED,
        Tag.API_KEY_LEAKED,
        Tag.API_KEY_EXCHANGED,
    ),
    "changes": (
        Tag.USER_CREATED,
        Tag.USER_SIGNED_UP,
        Tag.USER_PROFILE_CHANGED,
        Tag.USER_EMAIL_CHANGE_ASKED,
        Tag.USER_EMAIL_CHANGED,
        Tag.USER_PASSWORD_CHANGED,
        Tag.USER_PASSWORD_RESET,
        Tag.USER_TIER_CHANGED,
        Tag.USER_DISABLED,
        Tag.USER_ENABLED,
        Tag.USER_APPOINTED,
        Tag.USER_DISMISSED,
        Tag.USER_RESET_LINK_SENT,
        Tag.ACTIVITY_DISPUTED,
    ),
}
SHOWN = tuple(tag for tags in KINDS.values() for tag in tags)
#: They touch no account, or the operator alone.
HIDDEN = frozenset(
    {
        Tag.CLIENT_REFUSED,
        Tag.REGISTRATION_TOKEN_CREATED,
        Tag.REGISTRATION_TOKEN_REVOKED,
        Tag.SCOPE_ADDED,
        Tag.SCOPE_REMOVED,
        Tag.TIER_CHANGED,
        Tag.TOKEN_REVOKED,
        Tag.ISSUER_TRUSTED,
        Tag.ISSUER_DISTRUSTED,
        Tag.SIGNING_KEY_CREATED,
        Tag.SIGNING_KEY_ROTATED,
        Tag.SIGNING_KEY_RETIRED,
        Tag.SETUP_LINK_ISSUED,
        Tag.NOT_BEFORE_MOVED,
    }
)
BY_OPERATOR, ONE, MANY = "by operator", "one", "many"
SENTENCES: dict[tuple[Tag, str], Lazy] = {
    (Tag.USER_SIGNED_IN, ""): lazy("Signed in from %(address)s (%(device)s)."),
    (Tag.USER_SIGN_IN_FAILED, ""): lazy("Somebody tried a wrong password from %(address)s (%(device)s)."),
    (Tag.USER_REAUTHENTICATED, ""): lazy("The password was confirmed again from %(address)s."),
    (Tag.USER_SIGNED_OUT, ""): lazy("Signed out from %(address)s."),
    (Tag.SESSION_ENDED, ""): lazy("A browser was signed out from %(address)s."),
    (Tag.SESSION_ENDED, MANY): lazy("All other browsers were signed out from %(address)s."),
    (Tag.SESSION_ENDED, BY_OPERATOR): lazy("An administrator ended sign-ins of yours."),
    (Tag.CONSENT_GRANTED, ""): lazy("You allowed %(app)s to do this: %(scopes)s."),
    (Tag.CONSENT_DENIED, ""): lazy("You did not allow %(app)s to use your account."),
    (Tag.CONSENT_WITHDRAWN, ""): lazy("%(app)s lost its access to your account."),
    (Tag.CONSENT_WITHDRAWN, ONE): lazy("%(app)s may do this no longer: %(scopes)s."),
    (Tag.GRANT_OPENED, ""): lazy("You went on to %(app)s with this account."),
    (Tag.GRANT_REVOKED, ""): lazy("%(app)s gave its access to your account back."),
    (Tag.GRANT_REVOKED, BY_OPERATOR): lazy("An administrator ended the access of %(app)s to your account."),
    (Tag.CODE_REPLAYED, ""): lazy("A sign-in code for %(app)s was used twice; to be safe, its access was ended."),
    (Tag.REFRESH_REUSED, ""): lazy("An old token of %(app)s was used again; to be safe, its access was ended."),
    (Tag.TOKEN_EXCHANGED, ""): lazy("%(app)s got a short token to act for you, in exchange for that of another app."),
    (Tag.ASSERTION_TAKEN, ""): lazy("%(app)s got a short token to act for you, as a trusted service asked for it."),
    (Tag.CLIENT_CREATED, ""): lazy("You registered the application %(app)s."),
    (Tag.CLIENT_CREATED, BY_OPERATOR): lazy("An administrator registered the application %(app)s for you."),
    (Tag.CLIENT_CHANGED, ""): lazy("Your application %(app)s was changed."),
    (Tag.CLIENT_DISABLED, ""): lazy("Your application %(app)s was disabled."),
    (Tag.CLIENT_ENABLED, ""): lazy("Your application %(app)s was enabled."),
    (Tag.CLIENT_VERIFIED, ""): lazy("Your application %(app)s was verified."),
    (Tag.CLIENT_UNVERIFIED, ""): lazy("Your application %(app)s is not verified any more."),
    (Tag.CLIENT_DELETED, ""): lazy("Your application %(app)s was deleted."),
    (Tag.CLIENT_SECRET_ADDED, ""): lazy("Your application %(app)s got a new secret."),
    (Tag.CLIENT_SECRET_REVOKED, ""): lazy("A secret of your application %(app)s was revoked."),
    (Tag.API_KEY_CREATED, ""): lazy("The API key %(key)s was created."),
    (Tag.API_KEY_CREATED, BY_OPERATOR): lazy("An administrator created the API key %(key)s for you."),
    (Tag.API_KEY_CHANGED, ""): lazy("The API key %(key)s was changed."),
    (Tag.API_KEY_ROTATED, ""): lazy("The API key %(key)s was replaced by a new one."),
    (Tag.API_KEY_ROTATED, BY_OPERATOR): lazy("An administrator replaced the API key %(key)s by a new one."),
    (Tag.API_KEY_REVOKED, ""): lazy("The API key %(key)s was revoked."),
    (Tag.API_KEY_REVOKED, BY_OPERATOR): lazy("The API key %(key)s was revoked for you."),
    (Tag.API_KEY_LEAKED, ""): lazy("The API key %(key)s was found in public, and does not work any more."),
    (Tag.API_KEY_EXCHANGED, ""): lazy("%(app)s exchanged the API key %(key)s for a short token."),
    (Tag.USER_CREATED, ""): lazy("You made this account."),
    (Tag.USER_CREATED, BY_OPERATOR): lazy("An administrator made this account."),
    (Tag.USER_SIGNED_UP, ""): lazy("You signed up and confirmed your address from %(address)s."),
    (Tag.USER_PROFILE_CHANGED, ""): lazy("The profile was changed from %(address)s."),
    (Tag.USER_EMAIL_CHANGE_ASKED, ""): lazy("A link to another e-mail address was asked for from %(address)s."),
    (Tag.USER_EMAIL_CHANGED, ""): lazy("The e-mail address was confirmed or changed from %(address)s."),
    (Tag.USER_PASSWORD_CHANGED, ""): lazy("The password was changed from %(address)s."),
    (Tag.USER_PASSWORD_CHANGED, BY_OPERATOR): lazy("An administrator set a new password."),
    (Tag.USER_PASSWORD_RESET, ""): lazy("A new password was chosen with a link from your mail, from %(address)s."),
    (Tag.USER_PASSWORD_RESET, BY_OPERATOR): lazy("An administrator set a new password."),
    (Tag.USER_TIER_CHANGED, ""): lazy("An administrator changed how many requests to APIs you may make."),
    (Tag.USER_DISABLED, ""): lazy("An administrator closed this account."),
    (Tag.USER_ENABLED, ""): lazy("An administrator opened this account again."),
    (Tag.USER_APPOINTED, ""): lazy("You became an administrator."),
    (Tag.USER_DISMISSED, ""): lazy("You are not an administrator any more."),
    (Tag.USER_RESET_LINK_SENT, ""): lazy("An administrator sent you a link to choose a new password."),
    (Tag.ACTIVITY_DISPUTED, ""): lazy("You said that something was not you; everybody else was signed out."),
}


def is_by_operator(event: AuditEvent) -> bool:
    """Whether somebody else did it who may; a failed sign-in names nobody, and an application itself."""
    return event.actor not in (None, event.user_id, event.client_id)


class Narrator:
    """Tells events; what they name is looked up once."""

    def __init__(self) -> None:
        self.app, self.key = cache(_app), cache(_key)
        self._words = {scope.name: scope.description or scope.name for scope in scopes.known()}

    def tell(self, event: AuditEvent) -> Markup:
        """The event as a sentence; what it names stands by itself, whatever its direction."""
        tag = Tag(event.tag)
        return self.fill(next(SENTENCES[tag, how] for how in (*_how(event), "") if (tag, how) in SENTENCES), event)

    def fill(self, text: Lazy, event: AuditEvent) -> Markup:
        """Any text about an event."""
        return escape(str(text)) % self._values(event)

    def _values(self, event: AuditEvent) -> dict[str, Markup]:
        key, names = str(event.details.get("key", "")), str(event.details.get("scope", "")).split()
        device = Device(*event.details.get("device", ()))
        return {
            "address": Markup('<bdi class="mono" dir="ltr">{}</bdi>').format(event.address or "?"),
            "device": Markup("{}").format(device.in_words),
            "app": _named(self.app(event.client_id) if event.client_id else _("an app")),
            "key": _named(self.key(key)),
            "scopes": Markup("; ").join(self._words.get(name, name) for name in names),
        }


def _how(event: AuditEvent) -> Iterator[str]:
    if is_by_operator(event):
        yield BY_OPERATOR
    if "scope" in event.details:
        yield ONE
    if "count" in event.details:
        yield MANY


def _app(client_id: str) -> str:
    client = clients.find(client_id)
    return connection.name_of(client) if client is not None else client_id


def _key(key_id: str) -> str:
    key = api_keys.find(key_id)
    return key.name if key is not None else key_id


def _named(text: str) -> Markup:
    return Markup("<b><bdi>{}</bdi></b>").format(text)
