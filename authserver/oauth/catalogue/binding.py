"""Errors of what tokens are bound to: DPoP (RFC 9449), certificates (RFC 8705)."""

from authserver.oauth.catalogue.entry import DEVELOPER, Case, Entry, rfc

_CHECKS, _DOOR = rfc(9449, "4.3"), rfc(9449, "7.1")

PROOFS = (
    Case(
        "proof_not_good",
        "The proof does not belong to this request, is too old, or its form is not right; the trace says what.",
        "Make it for this method and this URL as the discovery document has it, with the time of now, typ dpop+jwt, "
        "and the public key in jwk.",
        _CHECKS,
    ),
    Case(
        "proof_replayed",
        "A proof with this jti by this key was used before.",
        "Make a new proof with a new jti for every request, also when a request is sent again.",
        rfc(9449, "11.1"),
    ),
)
NONCES = (
    Case(
        "nonce_missing",
        "The proof has no nonce of this server, or one that is too old.",
        "Take the value of the DPoP-Nonce header of this answer as the claim nonce, and send the request again.",
        rfc(9449, "8"),
    ),
)
#: Of invalid_request.
DEMANDED = (
    Case(
        "proof_missing",
        "The client is registered for tokens that are bound to a key, and has sent no proof.",
        "Send a DPoP header, or register the client without dpop_bound_access_tokens.",
        rfc(9449, "5.2"),
    ),
    Case(
        "certificate_missing",
        "The client is registered for tokens that are bound to its certificate, and none has arrived.",
        "Connect with the certificate. If you do, the operator has to let the proxy pass it on in Client-Cert.",
        rfc(8705, "3"),
    ),
)
#: Of invalid_grant.
GRANTS = (
    Case(
        "code_of_another_key",
        "The authorization request has named a key by dpop_jkt or by its proof, and the proof is by another one.",
        "Use one key from the authorization request to the token request.",
        rfc(9449, "10"),
    ),
    Case(
        "refresh_token_of_another_key",
        "The refresh token of a public client is bound to the key or the certificate that it was issued to.",
        "Keep the key as long as the refresh token, and send a proof by it. If it is lost, the person signs in again.",
        rfc(9449, "5"),
    ),
)
#: Of invalid_token.
TOKENS = (
    Case(
        "token_without_proof",
        "The token is bound to a key, and was sent as if it were not.",
        "Send Authorization: DPoP and the token, and a DPoP header with a proof.",
        _DOOR,
    ),
    Case(
        "token_not_bound",
        "The token was sent by the scheme DPoP and is bound to no key.",
        "Send it as Authorization: Bearer, or get a bound one: with a proof at the token endpoint.",
        _DOOR,
    ),
    Case(
        "token_of_another_key",
        "The proof is by another key than the one that the token is bound to.",
        "Use the key that was used at the token endpoint.",
        _DOOR,
    ),
    Case(
        "token_of_another_proof",
        "The claim ath of the proof is not the hash of this token.",
        "Make the proof for the token that is sent: ath is the base64url of its SHA-256.",
        _DOOR,
    ),
    Case(
        "token_of_another_certificate",
        "The token is bound to a certificate, and the request came without it.",
        "Connect with the certificate that was used at the token endpoint.",
        rfc(8705, "3"),
    ),
    Case(
        "request_not_known",
        "A proxy has asked about a token that is bound to a key, and has not said which request it is for.",
        "The operator lets the proxy send method and URL of the request: see the page on gateways.",
        _DOOR,
    ),
)
ENTRIES = (
    Entry("invalid_dpop_proof", "The DPoP proof is not good for this request.", DEVELOPER, rfc(9449, "5"), PROOFS),
    Entry(
        "use_dpop_nonce",
        "The proof has to hold a value that this server gives out. That is no fault: libraries send the request again.",
        DEVELOPER,
        rfc(9449, "8"),
        NONCES,
    ),
)
