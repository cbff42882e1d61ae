"""Errors of token exchange (RFC 8693) and of assertions from other issuers (RFC 7523)."""

from authserver.oauth.catalogue.entry import Case, rfc

_EXCHANGE = rfc(8693, "2.1")
_INVALID = rfc(8693, "2.2.2")

CASES = (
    Case(
        "subject_token",
        "What was to be exchanged is unknown, has ended, is not good from this address, or is no person's.",
        "Try it at an API. If it works there, look at the addresses that a key is allowed from, and whose token it is.",
        _INVALID,
    ),
    Case(
        "not_live",
        "The subject or actor token is no live access token of this server: an ID token, for example, or expired.",
        "Send an access token as it was issued, while it lives.",
        _INVALID,
    ),
    Case(
        "subject_token_type",
        "The subject_token_type is neither the one for API keys nor that of access tokens.",
        "Send one of the types that the error names.",
        _EXCHANGE,
    ),
    Case(
        "requested_token_type",
        "Another kind of token is asked for than an access token.",
        "Leave requested_token_type out.",
        _EXCHANGE,
    ),
    Case(
        "actor_token",
        "An actor_token was sent for an API key, or it is not a live access token of the client that sends it.",
        "Get an access token for the client itself, by client_credentials for example, and send that one.",
        _EXCHANGE,
    ),
    Case(
        "actor_token_type",
        "The actor_token_type is not that of access tokens, or stands there without an actor_token.",
        "Send both with the type that the error names, or neither.",
        _EXCHANGE,
    ),
    Case(
        "audience_missing",
        "Something is exchanged without saying for which API.",
        "Send resource or audience.",
        _EXCHANGE,
    ),
    Case(
        "no_policy",
        "The client may exchange API keys, but nobody has allowed it to exchange access tokens.",
        "An administrator sets token_exchange in the metadata of the client.",
        _INVALID,
    ),
    Case(
        "subject_client",
        "The subject token was issued to a client whose tokens this client may not exchange.",
        "An administrator adds it to subject_clients of the policy, if that is wanted.",
        _INVALID,
    ),
    Case(
        "impersonation",
        "The new token would not say who really acts, and the policy of the client does not allow that.",
        "Send an actor_token: the new token names it in act.",
        rfc(8693, "1.1"),
    ),
    Case(
        "may_act",
        "The subject token says who may act with it, and it is somebody else.",
        "Let the one that may_act names exchange it.",
        rfc(8693, "4.4"),
    ),
    Case(
        "actors_too_many",
        "The token has been handed on too often.",
        "Exchange a token from nearer to the person.",
        rfc(8693, "4.1"),
    ),
    Case(
        "bound_elsewhere",
        "The subject or actor token is bound to a key, and the request does not show that key.",
        "Send a DPoP proof by the key that it is bound to; the new token is bound to it as well.",
        rfc(9449, "5"),
    ),
)
TARGETS = (
    Case(
        "audience_not_allowed",
        "The client may not exchange tokens for this API.",
        "An administrator adds it to audiences of the policy, if that is wanted.",
        _INVALID,
    ),
)
GRANTS = (
    Case(
        "assertion",
        "The assertion is not believed: its issuer, its key, its claims or its times, or nobody here is meant by it.",
        "The trace says which. aud is the issuer of this server, exp is at most 10 minutes ahead, jti is new.",
        rfc(7523, "3"),
    ),
    Case(
        "assertion_replayed",
        "The assertion was used before.",
        "Let the issuer make a new one, with a jti of its own, for each request.",
        rfc(7523, "3"),
    ),
)
SCOPES = (
    Case(
        "nothing_allowed",
        "The person has allowed the client nothing that issuer and client could be given.",
        "Let the person allow the client once, in a usual authorization; or an administrator marks it as trusted.",
        rfc(7521, "4.1"),
    ),
)
