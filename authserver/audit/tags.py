"""The vocabulary of audit events: who changed what, in dotted names."""

from enum import StrEnum


class Tag(StrEnum):
    """One kind of event. A name, once written to a database, keeps its meaning."""

    USER_CREATED = "user.created"  # by an operator
    USER_SIGNED_UP = "user.signed_up"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGN_IN_FAILED = "user.sign_in_failed"
    USER_REAUTHENTICATED = "user.reauthenticated"
    USER_SIGNED_OUT = "user.signed_out"
    USER_PROFILE_CHANGED = "user.profile_changed"
    USER_EMAIL_CHANGE_ASKED = "user.email_change_asked"
    USER_EMAIL_CHANGED = "user.email_changed"
    USER_PASSWORD_CHANGED = "user.password_changed"
    USER_PASSWORD_RESET = "user.password_reset"
    USER_TIER_CHANGED = "user.tier_changed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_APPOINTED = "user.appointed"  # as an administrator
    USER_DISMISSED = "user.dismissed"
    USER_RESET_LINK_SENT = "user.reset_link_sent"  # by an operator
    SESSION_ENDED = "session.ended"
    ACTIVITY_DISPUTED = "activity.disputed"  # by the person: it was not them

    CLIENT_CREATED = "client.created"
    CLIENT_CHANGED = "client.changed"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_ENABLED = "client.enabled"
    CLIENT_VERIFIED = "client.verified"
    CLIENT_UNVERIFIED = "client.unverified"
    CLIENT_DELETED = "client.deleted"
    CLIENT_SECRET_ADDED = "client.secret_added"
    CLIENT_SECRET_REVOKED = "client.secret_revoked"
    CLIENT_REFUSED = "client.refused"  # failed to authenticate too often
    REGISTRATION_TOKEN_CREATED = "registration_token.created"
    REGISTRATION_TOKEN_REVOKED = "registration_token.revoked"
    SCOPE_ADDED = "scope.added"
    SCOPE_REMOVED = "scope.removed"
    TIER_CHANGED = "tier.changed"

    API_KEY_CREATED = "api_key.created"
    API_KEY_CHANGED = "api_key.changed"
    API_KEY_ROTATED = "api_key.rotated"
    API_KEY_REVOKED = "api_key.revoked"
    API_KEY_LEAKED = "api_key.leaked"
    API_KEY_EXCHANGED = "api_key.exchanged"

    CONSENT_GRANTED = "consent.granted"
    CONSENT_DENIED = "consent.denied"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    GRANT_OPENED = "grant.opened"
    GRANT_REVOKED = "grant.revoked"
    CODE_REPLAYED = "code.replayed"
    REFRESH_REUSED = "refresh.reused"
    TOKEN_REVOKED = "token.revoked"
    TOKEN_EXCHANGED = "token.exchanged"
    ASSERTION_TAKEN = "assertion.taken"
    ISSUER_TRUSTED = "issuer.trusted"  # by an operator
    ISSUER_DISTRUSTED = "issuer.distrusted"

    SIGNING_KEY_CREATED = "signing_key.created"
    SIGNING_KEY_ROTATED = "signing_key.rotated"
    SIGNING_KEY_RETIRED = "signing_key.retired"
    SETUP_LINK_ISSUED = "setup.link_issued"
    NOT_BEFORE_MOVED = "installation.not_before_moved"
