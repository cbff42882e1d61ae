"""Errors of signing in, of protected resources, and of the server itself."""

from authserver.oauth.catalogue import binding
from authserver.oauth.catalogue.entry import DEVELOPER, OPERATOR, PERSON, Case, Entry, openid, rfc

_SIGN_IN = openid("AuthError", "3.1.2.6")
_BEARER = rfc(6750, "3.1")

INTERACTION = (
    Entry(
        "access_denied",
        "The person said no. That is no fault of anybody.",
        PERSON,
        rfc(6749, "4.1.2.1"),
        (
            Case(
                "denied",
                "The person refused, or allowed nothing of what was asked for.",
                "Go on without, or explain why it is needed and ask again.",
                rfc(6749, "4.1.2.1"),
            ),
            Case(
                "sign_in_cancelled",
                "The person went back instead of signing in.",
                "Offer to try again.",
                rfc(6749, "4.1.2.1"),
            ),
            Case(
                "ended_since",
                "The person had allowed it for a device; before the tokens came it was taken back, or the account "
                "was disabled.",
                "Offer to begin again.",
                rfc(8628, "3.5"),
            ),
        ),
    ),
    Entry(
        "login_required",
        "prompt=none forbids pages, and somebody has to sign in.",
        DEVELOPER,
        _SIGN_IN,
        (
            Case(
                "no_session",
                "Nobody is signed in at this browser.",
                "Send the person again without prompt=none.",
                _SIGN_IN,
            ),
            Case(
                "account_not_chosen",
                "The person has to choose an account.",
                "Send the person again without prompt=none.",
                _SIGN_IN,
            ),
            Case(
                "sign_in_too_old",
                "The sign-in is older than max_age, or a new one was asked for.",
                "Send the person again without prompt=none.",
                _SIGN_IN,
            ),
            Case(
                "another_user",
                "Another person is signed in than id_token_hint names.",
                "Ask who is there, and send the person again without the hint.",
                _SIGN_IN,
            ),
        ),
    ),
    Entry(
        "consent_required",
        "prompt=none forbids pages, and the person has to allow something.",
        DEVELOPER,
        _SIGN_IN,
        (
            Case(
                "no_consent",
                "The person has not allowed this yet, the application has changed since, or it is a native one: "
                "anybody could pose as that.",
                "Send the person again without prompt=none.",
                rfc(8252, "8.6"),
            ),
        ),
    ),
    Entry(
        "unsupported_response_type",
        "The only response type is code.",
        DEVELOPER,
        rfc(6749, "4.1.2.1"),
        (
            Case(
                "response_type",
                "Another response_type was asked for: token and id_token are the implicit flow.",
                "Use response_type=code with PKCE.",
                rfc(9700, "2.1.2"),
            ),
        ),
    ),
)
RESOURCES = (
    Entry(
        "invalid_token",
        "The access token or key is not good here. Programs see one text for all of these.",
        DEVELOPER,
        _BEARER,
        (
            Case(
                "token_missing",
                "The request carries no credential.",
                "Send Authorization: Bearer and the token.",
                rfc(6750, "2.1"),
            ),
            Case(
                "no_bearer_token",
                "The Authorization header holds no Bearer token.",
                "Write Bearer, one space, and the token.",
                rfc(6750, "2.1"),
            ),
            Case(
                "token_expired",
                "The access token has expired.",
                "Refresh it a little before it ends; expires_in says when.",
                _BEARER,
            ),
            Case(
                "token_revoked",
                "The token was revoked, or what it was issued from has ended.",
                "Send the person to sign in again.",
                _BEARER,
            ),
            Case(
                "token_bound",
                "The token is bound to other audiences.",
                "Ask for a token for this one, with the parameter resource.",
                rfc(8707, "2"),
            ),
            Case(
                "token_unknown",
                "It is no access token of this server: an ID token, for example, or one of another server.",
                "Send the access_token of the answer.",
                _BEARER,
            ),
            Case(
                "token_of_no_user",
                "The token stands for the application itself, and userinfo is about a person.",
                "Use a token of the code flow.",
                openid("UserInfo", "5.3"),
            ),
            *binding.TOKENS,
        ),
    ),
    Entry(
        "insufficient_scope",
        "The credential is good, but not for this.",
        DEVELOPER,
        _BEARER,
        (
            Case(
                "scope_missing",
                "It lacks a scope; the answer names what is needed.",
                "Ask for the scope at /authorize, or use a key that has it.",
                _BEARER,
            ),
            Case(
                "environment",
                "It is a key of the other environment: test keys never reach live data.",
                "Use a key of this environment.",
            ),
            Case("audience", "It is bound to another audience.", "Ask for a token for this API.", rfc(8707, "2")),
        ),
    ),
)
REGISTRATION = (
    Entry(
        "invalid_redirect_uri",
        "A redirect URI breaks a rule of registration; the answer says which.",
        DEVELOPER,
        rfc(7591, "3.2.2"),
    ),
    Entry(
        "invalid_client_metadata",
        "A member of the client metadata is not right; the answer says which.",
        DEVELOPER,
        rfc(7591, "3.2.2"),
    ),
)
SERVER = (
    Entry(
        "slow_down",
        "Too many requests of a kind. Retry-After says when to try again.",
        DEVELOPER,
        rfc(8628, "3.5"),
        (
            Case(
                "too_many_guesses",
                "A resource server has asked about too many tokens that never were.",
                "Look for a loop, or for somebody who sends rubbish, before you ask.",
            ),
            Case(
                "too_many_wrong_secrets",
                "Too many wrong client secrets have come from one network. The right one is still taken.",
                "Look for a program with an old secret, and stop it.",
                rfc(6749, "2.3.1"),
            ),
            Case(
                "polling_too_fast",
                "A device asks more often than its interval allows.",
                "Wait for the interval, which has grown by five seconds.",
                rfc(8628, "3.5"),
            ),
        ),
    ),
    Entry(
        "temporarily_unavailable", "The server cannot answer now. Nothing was changed.", OPERATOR, rfc(6749, "4.1.2.1")
    ),
    Entry(
        "server_error",
        "A defect of this server. Nothing was changed; the trace id leads the operator to the log.",
        OPERATOR,
        rfc(6749, "4.1.2.1"),
    ),
)

ENTRIES = (*INTERACTION, *RESOURCES, *REGISTRATION, *SERVER)
