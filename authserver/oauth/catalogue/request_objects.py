"""Errors of requests that are pushed (RFC 9126) or come as one JWT (RFC 9101, OpenID Connect Core section 6)."""

from authserver.oauth.catalogue.entry import DEVELOPER, Case, Entry, openid, rfc

_OBJECT = rfc(9101, "6.2")
_PUSHED = rfc(9126, "2.1")

#: Cases of invalid_request.
CASES = (
    Case(
        "not_pushed",
        "The application is registered with require_pushed_authorization_requests, and this request came by the "
        "browser.",
        "Send its parameters to the pushed authorization request endpoint first, and only the request_uri by the "
        "browser.",
        rfc(9126, "6"),
    ),
    Case(
        "not_signed",
        "The application is registered with require_signed_request_object, and this request is not signed.",
        "Send the parameters as a JWT in the parameter request, signed with a key of the application.",
        rfc(9101, "10.5"),
    ),
    Case(
        "request_uri_pushed",
        "A request that is pushed holds a request_uri itself.",
        "Push the parameters, or a JWT of them in the parameter request.",
        _PUSHED,
    ),
    Case(
        "dpop_jkt",
        "dpop_jkt is not the thumbprint of a key: 43 characters, the base64url of a SHA-256.",
        "Send the RFC 7638 thumbprint of the public key that your DPoP proofs are made with.",
        rfc(9449, "10"),
    ),
    Case(
        "dpop_jkt_differs",
        "A request was pushed with a DPoP proof by another key than dpop_jkt names.",
        "Send one of the two, or both for the same key.",
        rfc(9449, "10.1"),
    ),
)
ENTRIES = (
    Entry(
        "invalid_request_object",
        "The request came as a JWT that cannot be believed. Nothing beside that JWT counts.",
        DEVELOPER,
        _OBJECT,
        (
            Case(
                "request_object",
                "Its form, its key, its algorithm, its claims or its times are not right. The trace says which.",
                "Sign it with a registered key. iss is the client_id, aud the issuer of this server, sub is left out, "
                "and all parameters of the request stand in it.",
                _OBJECT,
            ),
            Case(
                "request_object_client",
                "client_id in the JWT is another one than beside it.",
                "Send the same client_id in both places.",
                rfc(9101, "5"),
            ),
            Case(
                "request_twice",
                "The request has both request and request_uri.",
                "Send one of them.",
                rfc(9101, "5"),
            ),
        ),
    ),
    Entry(
        "invalid_request_uri",
        "What the request_uri stands for is not to be had.",
        DEVELOPER,
        rfc(9101, "6.1"),
        (
            Case(
                "request_uri_unknown",
                "It is no address that the application has registered, and no request that it has pushed here.",
                "Register it in request_uris, or push the request and use what the answer says.",
                rfc(9126, "4"),
            ),
            Case(
                "request_uri_content",
                "Nothing could be read there: the trace says why. Only public https addresses are asked, no redirects "
                "are followed, and the answer has five seconds.",
                "Serve the JWT there with status 200, as application/oauth-authz-req+jwt.",
                rfc(9101, "5.2.3"),
            ),
        ),
    ),
    Entry(
        "request_not_supported",
        "Request objects are not supported for this application.",
        DEVELOPER,
        openid("AuthError", "3.1.2.6"),
        (
            Case(
                "request_object_keys",
                "The request carries a JWT, and the application has registered no keys to verify it with.",
                "Register jwks or jwks_uri, or send the parameters as they are.",
                rfc(9101, "6.2"),
            ),
        ),
    ),
    Entry(
        "request_uri_not_supported",
        "Requests by reference are not supported for this application.",
        DEVELOPER,
        openid("AuthError", "3.1.2.6"),
        (
            Case(
                "request_uri",
                "The request carries a request_uri of the application's own, and it has registered none.",
                "Register request_uris, or push the request (RFC 9126).",
                openid("RequestUriParameter", "6.2"),
            ),
        ),
    ),
)
