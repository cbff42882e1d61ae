"""Errors of client authentication (RFC 6749 section 2.3)."""

from authserver.oauth.catalogue.entry import DEVELOPER, Case, Entry, rfc

_AUTHENTICATION = rfc(6749, "2.3")

CLIENT = (
    Case(
        "client_unknown",
        "No application has the client_id of the request.",
        "Copy the client ID from Settings, Applications. Look whether the program talks to the right server.",
        rfc(6749, "2.2"),
    ),
    Case(
        "client_disabled", "The application is switched off.", "Ask the operator of this server to switch it on again."
    ),
    Case(
        "credentials_wrong",
        "The client is unknown, its secret is wrong, or its way to authenticate is.",
        "Look at the trace of the request, or at each of the three.",
    ),
    Case(
        "secret_wrong",
        "The secret has never been one of this application.",
        "Copy it again, without spaces and line ends. If it is lost, make a new one: two may be alive at a time.",
        rfc(6749, "2.3.1"),
    ),
    Case(
        "secret_retired",
        "The secret was good once and has been replaced.",
        "Give the program the new secret. With an overlap, both work until the program is changed.",
        rfc(6749, "2.3.1"),
    ),
    Case(
        "method_not_registered",
        "The client authenticates in another way than it is registered for: in the body, or in the header.",
        "Set token_endpoint_auth_method of your library to what the application's page says.",
        _AUTHENTICATION,
    ),
    Case(
        "credentials_missing",
        "The request says nothing of who sends it.",
        "Send an Authorization header, or client_id in the body.",
        _AUTHENTICATION,
    ),
    Case(
        "credentials_malformed",
        "The Authorization header cannot be read.",
        "Send Basic and the base64 of client_id:client_secret, both form-urlencoded before.",
        rfc(6749, "2.3.1"),
    ),
    Case(
        "assertion_not_supported",
        "client_assertion was sent to a server that takes none.",
        "Use the client's secret.",
        rfc(7523, "2.2"),
    ),
)
ENTRIES = (
    Entry(
        "invalid_client",
        "The client did not prove who it is. The answer is the same for an unknown client and a wrong secret; the "
        "owner of the application sees more.",
        DEVELOPER,
        rfc(6749, "5.2"),
        CLIENT,
    ),
)
