"""Errors of what clients present at the token endpoint (RFC 6749 section 5.2)."""

from authserver.oauth.catalogue import binding, exchange
from authserver.oauth.catalogue.entry import DEVELOPER, PERSON, Case, Entry, rfc

_CODE = rfc(6749, "4.1.3")
_REFRESH = rfc(6749, "6")

CODES = (
    Case(
        "code_expired",
        "The code was redeemed too late.",
        "Redeem it as soon as it arrives, before anything else. If it does arrive late, look for a queue or a clock.",
        rfc(6749, "4.1.2"),
    ),
    Case(
        "code_used",
        "The code had been redeemed before. It may have been stolen, so everything that was issued from it has ended.",
        "Redeem each code once: look for a double submit, a reloaded callback page, or a client that tries again.",
        rfc(6749, "4.1.2"),
    ),
    Case(
        "code_unknown",
        "There is no such code: mistyped, cut off, decoded twice, or of another server.",
        "Take it from the query of the redirect as it is, decoded once.",
        _CODE,
    ),
    Case(
        "code_of_another_client",
        "The code was issued to another client_id.",
        "Redeem it with the client_id of the authorization request.",
        _CODE,
    ),
    Case(
        "redirect_uri_differs",
        "redirect_uri is not the one of the authorization request.",
        "Send the same one to both, to the character; if the first had none, the second has none.",
        _CODE,
    ),
    Case(
        "pkce_mismatch",
        "The SHA-256 of code_verifier is not the code_challenge of the authorization request.",
        "Keep the verifier with the state of this very sign-in: a second tab must not overwrite the first.",
        rfc(7636, "4.6"),
    ),
    Case(
        "verifier_unexpected",
        "code_verifier was sent, but the authorization request had no code_challenge.",
        "Send the challenge too. Perhaps something on the way has removed it.",
        rfc(9700, "4.8.2"),
    ),
)
REFRESH = (
    Case(
        "refresh_token_reused",
        "The refresh token had been used before, and its successor is in use. One of the two may be stolen, so the "
        "whole family has ended.",
        "Store the new refresh token of every answer before you use it, and refresh in one place at a time.",
        rfc(9700, "4.14.2"),
    ),
    Case(
        "refresh_token_idle",
        "The refresh token was not used for too long.",
        "The person has to sign in again.",
        _REFRESH,
    ),
    Case(
        "refresh_token_absolute",
        "The sign-in is too old: no family of refresh tokens lives longer.",
        "The person has to sign in again.",
        _REFRESH,
    ),
    Case(
        "refresh_token_unknown",
        "There is no such refresh token.",
        "Send the last one as it is. An access token is none.",
        _REFRESH,
    ),
    Case(
        "refresh_token_of_another_client",
        "The refresh token was issued to another client_id.",
        "Refresh as the client that it was issued to.",
        _REFRESH,
    ),
)
DEVICE = (
    Case(
        "device_code_unknown",
        "There is no such device code.",
        "Send the device_code of the answer as it is. The user_code is for people.",
        rfc(8628, "3.4"),
    ),
    Case(
        "device_code_of_another_client",
        "The device code was issued to another client_id.",
        "Ask with the client_id that has begun.",
        rfc(8628, "3.4"),
    ),
    Case(
        "device_code_used",
        "The device code had been redeemed before.",
        "Stop asking once the tokens have come. If they were lost on the way, begin again.",
        rfc(8628, "3.5"),
    ),
)
ENDED = Case(
    "grant_ended",
    "What was allowed has ended: the person took it back, changed the password, or the account is disabled.",
    "Send the person to sign in again. Do not repeat the request.",
    rfc(6749, "5.2"),
)
FOREIGN = Case(
    "token_of_another_client",
    "A token is to be revoked that was issued to another client.",
    "Only its own client can revoke it.",
    rfc(7009, "2.1"),
)
SCOPES = (
    Case(
        "scope_unknown",
        "A scope of the request does not exist here.",
        "Look at the list in the documentation. Spelling and the order of the words count: read:realms.",
        rfc(6749, "3.3"),
    ),
    Case(
        "scope_not_allowed",
        "The scope exists, but this application may not ask for it.",
        "Add it to the application, or ask for less.",
        rfc(6749, "3.3"),
    ),
    Case(
        "scope_malformed",
        "The scope holds characters that no scope has.",
        "Separate scopes by one space each, and quote nothing.",
        rfc(6749, "3.3"),
    ),
    Case(
        "scope_missing",
        "The request asks for no scope, and the application has no list of its own.",
        "Send scope.",
        rfc(6749, "3.3"),
    ),
    Case(
        "scope_exceeds",
        "More is asked for than was granted before.",
        "Ask for the same or less, or send the person through /authorize for more.",
        _REFRESH,
    ),
    Case(
        "scope_withdrawn",
        "The person has taken this scope back.",
        "Go on with what the answer says is left, or send the person through /authorize to ask for it again.",
        _REFRESH,
    ),
    Case(
        "no_scope_in_common",
        "Key and application have no scope in common.",
        "Use another key, or give the application the scope.",
        rfc(8693, "2.1"),
    ),
)
TARGETS = (
    Case(
        "resource_unknown",
        "No API is registered with this audience.",
        "Send the audience of the API as it is registered.",
        rfc(8707, "2"),
    ),
    Case(
        "resource_not_granted",
        "The resource was not asked for in the authorization request.",
        "Name there all that you need later.",
        rfc(8707, "2.2"),
    ),
    Case(
        "resources_too_many",
        "More resources are named than a token can be for.",
        "Ask for several tokens.",
        rfc(8707, "2"),
    ),
    Case(
        "environment",
        "A key of one environment is to be exchanged for an API of the other.",
        "Use a key of that environment.",
    ),
)

ENTRIES = (
    Entry(
        "invalid_grant",
        "The code, device code or refresh token is not good, or not for this client. Sending it again does not help.",
        DEVELOPER,
        rfc(6749, "5.2"),
        (*CODES, *REFRESH, *DEVICE, ENDED, FOREIGN, *binding.GRANTS, *exchange.GRANTS),
    ),
    Entry(
        "invalid_scope",
        "The scope is unknown, malformed, or more than the client may have.",
        DEVELOPER,
        rfc(6749, "5.2"),
        (*SCOPES, *exchange.SCOPES),
    ),
    Entry(
        "invalid_target",
        "The API that the token is for is unknown here, or was not asked for before.",
        DEVELOPER,
        rfc(8707, "2"),
        (*TARGETS, *exchange.TARGETS),
    ),
    Entry(
        "unauthorized_client",
        "The client is known, but not registered for this kind of request.",
        DEVELOPER,
        rfc(6749, "5.2"),
        (
            Case(
                "grant_type_not_registered",
                "The client is not registered for this grant type.",
                "Register it for the grant type, or choose the right application.",
                rfc(6749, "5.2"),
            ),
            Case(
                "code_flow_not_registered",
                "The client is not registered for signing people in.",
                "Use an application of the type web, browser or native.",
                rfc(6749, "4.1.2.1"),
            ),
            Case(
                "not_a_resource_server",
                "An application asks for what only resource servers are told.",
                "Use the credentials of the API that keeps answers of /introspect.",
            ),
            Case(
                "public_client",
                "A public client asks for a token of its own.",
                "Use a confidential client: without a secret it proves nothing.",
                rfc(6749, "4.4"),
            ),
        ),
    ),
    Entry(
        "unsupported_grant_type",
        "The grant type does not exist here.",
        DEVELOPER,
        rfc(6749, "5.2"),
        (
            Case(
                "grant_type_unknown",
                "The grant_type is none of those in the discovery document.",
                "password and implicit are not built, because of RFC 9700. Use the code flow.",
                rfc(9700, "2.4"),
            ),
        ),
    ),
    Entry(
        "unsupported_token_type",
        "This kind of token is not revoked by clients.",
        DEVELOPER,
        rfc(7009, "2.2.1"),
        (
            Case("api_key", "It is an API key.", "Its owner revokes it, on the page of API keys."),
            Case("session_token", "It is the token of a web session.", "It ends when the person signs out."),
        ),
    ),
    Entry(
        "authorization_pending",
        "The person has not decided yet.",
        DEVELOPER,
        rfc(8628, "3.5"),
        (
            Case(
                "not_decided",
                "The person has not entered the code, or has not answered.",
                "Ask again after the interval.",
                rfc(8628, "3.5"),
            ),
        ),
    ),
    Entry(
        "expired_token",
        "The device code is too old.",
        PERSON,
        rfc(8628, "3.5"),
        (Case("device_code_expired", "Nobody has decided in time.", "Begin again with a new code.", rfc(8628, "3.5")),),
    ),
)
