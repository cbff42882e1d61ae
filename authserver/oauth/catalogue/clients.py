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
        "client_document",
        "The client_id is a URL, and what stands there is not good as the metadata of a client.",
        "Open the URL, and compare the document with the reason in the trace. Its client_id must be the very URL.",
        rfc(7591, "2"),
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
        "assertion_type",
        "client_assertion_type is missing, or is not that of a JWT.",
        "Send urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
        rfc(7523, "2.2"),
    ),
    Case(
        "assertion_refused",
        "The client's assertion is not believed: its form, its key, its claims or its times.",
        "The trace says which. iss and sub are the client_id, aud is the issuer alone, exp is at most 10 minutes ahead "
        "and jti new; the key is among the registered ones.",
        rfc(7523, "3"),
    ),
    Case(
        "assertion_replayed",
        "An assertion with this jti was used before.",
        "Make a new assertion for each request, also when the one before has failed.",
        rfc(7523, "3"),
    ),
    Case(
        "certificate_missing",
        "The client authenticates by mutual TLS, and no certificate has come.",
        "Send the request to the address at which the proxy asks for certificates. The proxy must hand over what it "
        "has seen as Client-Cert (RFC 9440), and be counted in AUTHSERVER_TRUSTED_PROXIES.",
        rfc(8705, "2"),
    ),
    Case(
        "certificate_refused",
        "The certificate is not that of the client.",
        "Compare its subject and alternative names with the registered one, or register the new certificate in x5c.",
        rfc(8705, "2.1.2"),
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
