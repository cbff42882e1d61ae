"""Errors of answers that are made for one client (OpenID Connect Registration section 2, RFC 9701)."""

from authserver.oauth.catalogue.entry import Case, openid

SEALED = (
    Case(
        "no_encryption_key",
        "The answer is to be encrypted to a key of the client, and none fits: jwks_uri cannot be fetched, or holds no "
        "key of the registered algorithm that may be used to encrypt.",
        "Publish a key with use enc, of the type that the algorithm needs, where jwks_uri leads. Nothing was spent: "
        "the same request is good once the key is there.",
        openid("Encryption", "10.2"),
    ),
)
