"""The eight steps of the code flow: what each one is for, and where it is specified."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the page tells it."""

    id: str
    label: str
    title: str
    says: str
    section: str
    url: str


STEPS = (
    Step(
        "request",
        "Request",
        "Build the authorization request",
        "The application makes up a secret (the code verifier) and sends only its hash (the challenge), a state to "
        "know the answer again, and the scopes that it wants.",
        "RFC 6749 section 4.1.1, RFC 7636 section 4",
        "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1",
    ),
    Step(
        "authorize",
        "Consent",
        "Send the browser to the authorization endpoint",
        "The request below is only an address. The browser opens it; this server asks the person, not the application.",
        "RFC 6749 section 4.1.1",
        "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1",
    ),
    Step(
        "callback",
        "Callback",
        "Receive the answer at the redirect URI",
        "The browser has come back. Before the code is used, the application checks that the answer belongs to its own "
        "request (state) and comes from this server (iss).",
        "RFC 6749 section 4.1.2, RFC 9207 section 2.4",
        "https://www.rfc-editor.org/rfc/rfc9207#section-2.4",
    ),
    Step(
        "token",
        "Tokens",
        "Exchange the code for tokens",
        "The code works once, for a minute, and only together with the verifier, whose hash was sent before.",
        "RFC 6749 section 4.1.3, RFC 7636 section 4.5",
        "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3",
    ),
    Step(
        "userinfo",
        "User",
        "Ask who the user is",
        "The access token is presented in the Authorization header; which claims come back depends on the scopes.",
        "OpenID Connect Core section 5.3",
        "https://openid.net/specs/openid-connect-core-1_0.html#UserInfo",
    ),
    Step(
        "introspect",
        "Introspect",
        "Ask whether a token is good",
        "This is what an API does with a token that it was given. It authenticates with its own secret.",
        "RFC 7662 section 2",
        "https://www.rfc-editor.org/rfc/rfc7662#section-2",
    ),
    Step(
        "refresh",
        "Refresh",
        "Renew the access token",
        "A refresh token is exchanged for a new pair and is spent by that: whoever presents the old one again ends "
        "the whole family, because one of the two must have stolen it.",
        "RFC 6749 section 6, RFC 9700 section 4.14",
        "https://www.rfc-editor.org/rfc/rfc6749#section-6",
    ),
    Step(
        "revoke",
        "Revoke",
        "Take the access back",
        "The application tells the server that it needs the token no more. Introspection says so at once.",
        "RFC 7009 section 2",
        "https://www.rfc-editor.org/rfc/rfc7009#section-2",
    ),
)
BY_ID = {step.id: step for step in STEPS}
