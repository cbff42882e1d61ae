"""Answers made for one client: signed by us, and encrypted to its key where it is registered so (RFC 7519 section 5.2).

Of every kind of answer the members are named alike: `id_token_signed_response_alg`, `id_token_encrypted_response_alg`
and `id_token_encrypted_response_enc`, and so for `userinfo`, `introspection` and `authorization`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from joserfc import jwe
from joserfc.errors import JoseError

from authserver.keyring.keyring import Keyring
from authserver.models.clients import Client
from authserver.oauth import client_jwt
from authserver.oauth.client_jwt import BadToken, Key
from authserver.oauth.client_keys import ClientKeys
from authserver.oauth.errors import Cause, InvalidRequestError

#: How the key of the content is handed over, and the kinds of keys that can take it (RFC 7518 section 4).
ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    "RSA-OAEP-256": ("RSA",),
    "ECDH-ES": ("EC", "OKP"),
    "ECDH-ES+A256KW": ("EC", "OKP"),
}
ENCRYPTIONS = ("A128CBC-HS256", "A256GCM")  # of the content; the first is the default (RFC 7518 section 5)
_CURVES = frozenset({"P-256", "P-384", "P-521", "X25519"})


class Sealer:
    """Signs, then encrypts."""

    def __init__(self, keyring: Keyring, client_keys: ClientKeys) -> None:
        self._keyring = keyring
        self._client_keys = client_keys

    def seal(self, claims: dict[str, Any], client: Client, *, answer: str, typ: str, alg: str | None) -> str:
        """A JWT of these claims signed by `alg`, inside a JWE if the client wants this kind of answer encrypted.

        Without `alg` nothing is signed. Raises invalid_request when the client's key is not to be had.
        """
        content = orjson.dumps(claims).decode()
        if alg is not None:  # it hardly ever comes back to be verified
            content = self._keyring.sign(claims, alg=alg, typ=typ, remembered=False)
        wanted = client.details.get(f"{answer}_encrypted_response_alg")
        if wanted is None:
            return content
        header = {"alg": wanted, "enc": client.details.get(f"{answer}_encrypted_response_enc", ENCRYPTIONS[0])}
        if alg is not None:
            header["cty"] = "JWT"
        try:
            key, kid = self._key_of(client, wanted)
            named = header if kid is None else {**header, "kid": kid}
            return jwe.encrypt_compact(named, content, key, algorithms=[header["alg"], header["enc"]])
        except (BadToken, JoseError, ValueError) as error:
            says = "The answer cannot be encrypted: the client's jwks or jwks_uri gives no key that fits."
            raise InvalidRequestError(says, Cause("no_encryption_key", "Key of the client", str(error))) from None

    def _key_of(self, client: Client, alg: str) -> tuple[Key, str | None]:
        """Where none fits of those at a jwks_uri, they are looked for anew, as for a kid that none of them has."""
        try:
            return usable(self._client_keys.of(client), alg)
        except BadToken:
            return usable(self._client_keys.of(client, kid=object()), alg)


def usable(keys: Iterable[Mapping[str, Any]], alg: str) -> tuple[Key, str | None]:
    """The first of these public keys that can be encrypted to by `alg`, and its kid. Raises BadToken."""
    for jwk in keys:
        # A curve of its own for agreement: what Ed25519 signs with encrypts nothing.
        fits = jwk.get("kty") in ALGORITHMS[alg] and (jwk.get("kty") == "RSA" or jwk.get("crv") in _CURVES)
        if fits and jwk.get("use", "enc") == "enc" and jwk.get("alg", alg) == alg:
            kid = jwk.get("kid")
            return client_jwt.import_key(jwk), kid if isinstance(kid, str) else None
    raise BadToken(f"None of its keys can be encrypted to by {alg}.")
