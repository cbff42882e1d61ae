"""Errors of requests as such: what is missing, malformed or in the wrong place (RFC 6749 section 5.2)."""

from authserver.oauth.catalogue import binding, exchange, request_objects
from authserver.oauth.catalogue.entry import DEVELOPER, Case, Entry, openid, rfc
from authserver.oauth.catalogue.subjects import SEALED

_PKCE = rfc(7636, "4.3")
_VERIFIER = rfc(7636, "4.5")

PARAMETERS = (
    Case(
        "parameter_missing",
        "A parameter that is required was not sent, or was sent without a value.",
        "Send it. An empty value counts as none.",
        rfc(6749, "3.1"),
    ),
    Case(
        "parameter_repeated",
        "A parameter stands more than once in the request.",
        "Send each parameter once. Only resource and audience may be repeated.",
        rfc(6749, "3.1"),
    ),
    Case(
        "parameters_in_query",
        "Parameters stand in the address of a request that has a body.",
        "Send all of them in the body, where they do not end up in logs.",
        rfc(6749, "2.3.1"),
    ),
    Case(
        "body_not_a_form",
        "The body is not application/x-www-form-urlencoded in UTF-8: JSON, for example.",
        "Send a form. In many libraries that is the option data or form, not json.",
        rfc(6749, "4.1.3"),
    ),
    Case(
        "encoding",
        "A parameter holds a NUL character or is not valid UTF-8.",
        "Encode every value as UTF-8, then percent-encode it.",
    ),
    Case(
        "too_many_parameters",
        "The request has more parameters than any request needs.",
        "Send what the endpoint asks for only.",
    ),
    Case(
        "too_long",
        "state or nonce is longer than 4096 characters.",
        "Keep a long state on your side, and send a random key to it.",
    ),
)
AUTHORIZATION = (
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
        "redirect_uri_mismatch",
        "The redirect URI of the request is not registered. It is compared character by character; only the port of "
        "http://127.0.0.1 and http://[::1] may differ. Nobody is sent anywhere, because the URI cannot be trusted.",
        "Register exactly the URI that the program sends, or make it send the registered one. Scheme, host, port, "
        "path, case, a slash at the end and the query all count.",
        rfc(9700, "4.1.3"),
    ),
    Case(
        "redirect_uri_missing",
        "The request has no redirect_uri, and it cannot be left out: several are registered, or openid is asked for.",
        "Send redirect_uri with every request.",
        openid("AuthRequest", "3.1.2.1"),
    ),
    Case(
        "pkce_missing",
        "The request has no code_challenge. Every public client must use PKCE, and every other one unless it is "
        "registered with require_pkce: false.",
        "Let your library use PKCE with S256: it makes a code_verifier, and sends its hash as code_challenge.",
        rfc(9700, "2.1.1"),
    ),
    Case(
        "pkce_method",
        "code_challenge_method is missing or plain. With plain, whoever sees the request can use the code.",
        "Send code_challenge_method=S256.",
        _PKCE,
    ),
    Case(
        "pkce_challenge",
        "code_challenge is not the base64url of a SHA-256: 43 characters without = at the end.",
        "code_challenge = base64url(sha256(ascii(code_verifier))), without padding.",
        rfc(7636, "4.2"),
    ),
    Case(
        "response_mode",
        "The response_mode is none of query, form_post, jwt, query.jwt and form_post.jwt. Nothing is answered in a "
        "fragment.",
        "Leave it out: query is the default.",
    ),
    Case(
        "prompt_unknown",
        "prompt holds a word that is not none, login, consent or select_account.",
        "Send one of these, or leave prompt out.",
        openid("AuthRequest", "3.1.2.1"),
    ),
    Case(
        "prompt_none",
        "prompt=none stands beside another prompt: no page may be shown, and one shall be.",
        "Send none alone, or leave it out.",
        openid("AuthRequest", "3.1.2.1"),
    ),
    Case(
        "max_age",
        "max_age is not a whole number of seconds.",
        "Send digits only, such as 600.",
        openid("AuthRequest", "3.1.2.1"),
    ),
    Case(
        "claims_malformed",
        "claims is not a JSON object with the members id_token and userinfo, each an object of claims.",
        "Ask for each claim by null, or by an object of essential, value and values.",
        openid("ClaimsParameter", "5.5"),
    ),
    Case(
        "id_token_hint",
        "id_token_hint is not an ID token that this server has issued to this client.",
        "Send the last ID token that you got here, as it was; it may have expired.",
        openid("AuthRequest", "3.1.2.1"),
    ),
    Case(
        "request_stale",
        "A page of a sign-in was used that is finished, has expired, or was begun in another browser.",
        "Begin the sign-in again in the application. Nothing is wrong with its request.",
    ),
)
TOKEN = (
    Case(
        "grant_type_missing",
        "The request names no grant_type.",
        "Send grant_type, for example authorization_code.",
        rfc(6749, "4.1.3"),
    ),
    Case(
        "two_methods",
        "The client authenticates in two ways at once, in the header and in the body.",
        "Choose the one that it is registered for, and leave the other out.",
        rfc(6749, "2.3"),
    ),
    Case(
        "client_id_differs",
        "client_id in the body is another one than in the Authorization header.",
        "Send it in one place only.",
        rfc(6749, "2.3.1"),
    ),
    Case(
        "verifier_malformed",
        "code_verifier is missing, or has not 43 to 128 characters of A-Z a-z 0-9 - . _ ~.",
        "Send the verifier that the code_challenge was made from. It must outlive the redirect.",
        _VERIFIER,
    ),
)
OTHERS = (
    Case(
        "two_credentials",
        "The request carries two tokens or keys.",
        "Send one, in the Authorization header.",
        rfc(6750, "2"),
    ),
    Case(
        "ip",
        "The parameter ip of an introspection is no IP address.",
        "Send the address of the caller, without a port.",
    ),
    Case(
        "cost",
        "The parameter cost of an introspection is not a whole number, 0 or more.",
        "Send digits only, or leave it out.",
    ),
    Case(
        "subject_malformed",
        "The body of a global token revocation names nobody in a format that is known here.",
        "Send JSON with sub_id in the format iss_sub or email (RFC 9493).",
    ),
    Case(
        "subject_unknown",
        "A global token revocation names an account that is not there.",
        "iss is the issuer to the byte, sub the id of the account, email its address.",
    ),
    Case(
        "feed_cursor",
        "The parameter since of /revocations is no cursor.",
        "Send the cursor of the last answer as it is, or leave it out to begin.",
    ),
    Case(
        "feed_wait",
        "The parameter wait of /revocations is not a number of seconds from 0 to 30.",
        "Send digits only, or leave it out.",
    ),
    Case(
        "gateway_parameter",
        "A parameter of the gateway has a value that it cannot have.",
        "Look at the list in the guide to gateways.",
    ),
)

ENTRIES = (
    Entry(
        "invalid_request",
        "The request itself is not right: something is missing, malformed, repeated, or stands in the wrong place. "
        "Sending it again does not help.",
        DEVELOPER,
        rfc(6749, "5.2"),
        (
            *AUTHORIZATION,
            *TOKEN,
            *PARAMETERS,
            *OTHERS,
            *exchange.CASES,
            *request_objects.CASES,
            *binding.DEMANDED,
            *SEALED,
        ),
    ),
)
