"""Request objects (RFC 9101, OpenID Connect Core section 6): a request for authorization as one JWT of the client.

It is passed by value (`request`) or by reference (`request_uri`, OpenID Connect Core section 6.2), and is signed with a
key of the client. Unsigned ones (`none`) are taken only of clients that are registered for nothing else; encrypted ones
are not taken.
"""

import json
from typing import Any

from authserver import clock
from authserver.fetch import Failed, Fetcher, Refused
from authserver.models.clients import Client
from authserver.oauth import client_jwt
from authserver.oauth.client_jwt import ALGORITHMS, BadToken, Unverified
from authserver.oauth.client_keys import ClientKeys
from authserver.oauth.errors import Cause, OAuth2Error, Refusal, RequestNotSupportedError, RequestUriNotSupportedError
from authserver.oauth.request import REPEATABLE, Parameters
from authserver.traces import passed

CHECK = "Request object"
MUST_SIGN = "require_signed_request_object"  # member of a client (section 10.5)
NONE = "none"
#: What a client may be registered for.
SIGNATURES = (*ALGORITHMS, NONE)
TYPES = frozenset({None, "JWT", "jwt", "oauth-authz-req+jwt"})
PATIENCE = 10  # seconds in which an address that did not answer is not asked again: anybody may send people there
MOST = 1000  # addresses that are kept for that
ACCEPT = "application/oauth-authz-req+jwt, application/jwt"
LEEWAY = 60  # seconds that the client's clock may differ
LONGEST_LIFE = 3600  # seconds since nbf, and from it to exp, of what must be signed (FAPI 2.0 Message Signing 5.3.1)
#: Claims of the JWT itself, which are no parameters.
_ENVELOPE = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_NESTED = frozenset({"request", "request_uri"})
NOT_VALID = "The request object of the application is not valid."


class InvalidRequestObjectError(Refusal):
    """RFC 9101 section 6.1 and 6.2: the request object cannot be believed."""

    error = "invalid_request_object"


class InvalidRequestUriError(Refusal):
    """RFC 9101 section 6.1: the request_uri is not registered, or nothing good is there."""

    error = "invalid_request_uri"


class RequestObjects:
    """Reads the request objects of clients."""

    def __init__(self, issuer: str, client_keys: ClientKeys, fetcher: Fetcher) -> None:
        self._issuer = issuer
        self._client_keys = client_keys
        self._fetcher = fetcher
        self._failed: dict[str, int] = {}  # address -> when

    def parameters(self, outside: Parameters, client: Client) -> Parameters:
        """What stands in the request object, and nothing else (RFC 9101 section 6.3).

        Raises invalid_request_object, invalid_request_uri, request_not_supported and request_uri_not_supported.
        """
        token = self._token(outside, client)
        try:
            claims = self._believed(token, client)
            inside = Parameters(list(_pairs(claims)))
        except BadToken as error:
            raise InvalidRequestObjectError(NOT_VALID, Cause("request_object", CHECK, str(error))) from None
        if inside.first("client_id") not in {None, client.client_id}:
            raise InvalidRequestObjectError(NOT_VALID, Cause("request_object_client", CHECK, expected=client.client_id))
        passed(CHECK, "Believed; nothing beside it counts.")
        return inside

    def _token(self, outside: Parameters, client: Client) -> str:
        by_value, uri = outside.first("request"), outside.first("request_uri")
        if by_value is not None and uri is not None:
            says = "request and request_uri exclude each other."
            raise InvalidRequestObjectError(says, Cause("request_twice", CHECK))
        return by_value if by_value is not None else self._fetched(uri or "", client)

    def _fetched(self, uri: str, client: Client) -> str:
        """What stands at an address that the client has registered; no other is ever asked (SF1)."""
        registered = client.details.get("request_uris") or ()
        if not registered:
            cause = Cause("request_uri", CHECK, "The application has registered no request_uris.")
            raise RequestUriNotSupportedError("This client may not send a request_uri of its own.", cause)
        # The fragment only tells when the content changes (OpenID Connect Core section 6.2).
        target = uri.partition("#")[0]
        if target not in {known.partition("#")[0] for known in registered}:
            raise InvalidRequestUriError("The request_uri is not registered.", Cause("request_uri_unknown", CHECK))
        if 0 <= clock.now() - self._failed.get(target, 0) < PATIENCE:
            raise _not_there("It did not answer a moment ago.")
        try:
            answer = self._fetcher.get(target, accept=ACCEPT)
        except (Refused, Failed) as error:
            self._remember(target)
            raise _not_there(str(error)) from None
        if answer.status != 200:
            raise _not_there(f"It answers with status {answer.status}.")
        return answer.body.decode("ascii", "replace").strip()

    def _remember(self, failed: str) -> None:
        if len(self._failed) >= MOST:
            self._failed.clear()
        self._failed[failed] = clock.now()

    def _believed(self, token: str, client: Client) -> dict[str, Any]:
        """The claims of a good object. Raises BadToken."""
        wanted = client.details.get("request_object_signing_alg")
        if wanted == NONE:
            claims = _a_request(client_jwt.parse_unsigned(token), client)
            _check_times(claims, must=False)
            return claims
        if wanted is None and not client.details.get("jwks") and not client.details.get("jwks_uri"):
            cause = Cause("request_object_keys", CHECK)
            raise RequestNotSupportedError("This client has registered no keys to sign requests with.", cause)
        unverified = client_jwt.parse(token)
        if wanted not in {None, unverified.alg}:
            raise BadToken(f"Its algorithm must be {wanted}, for which the application is registered.")
        keys = self._client_keys.of(client, kid=unverified.header.get("kid"))
        client_jwt.verify(unverified, keys)
        claims = _a_request(unverified, client)
        self._check_envelope(claims, client)
        return claims

    def _check_envelope(self, claims: dict[str, Any], client: Client) -> None:
        """RFC 9101 section 10.8: an object is for one server, from one client; and it ends. Raises BadToken."""
        aud = claims.get("aud")
        if claims.get("iss") != client.client_id:
            raise BadToken("iss must be the client_id.")
        if aud != self._issuer and not (isinstance(aud, list) and self._issuer in aud):
            raise BadToken(f"aud must be {self._issuer}.")
        _check_times(claims, must=bool(client.details.get(MUST_SIGN)))


def _not_there(says: str) -> OAuth2Error:
    return InvalidRequestUriError("Nothing can be read at the request_uri.", Cause("request_uri_content", CHECK, says))


def _a_request(unverified: Unverified, client: Client) -> dict[str, Any]:
    """The claims, unless it is another kind of JWT by this client. Raises BadToken."""
    claims = unverified.claims
    if unverified.header.get("typ") not in TYPES:
        raise BadToken("Its typ is that of something else.")
    if claims.get("sub") == client.client_id:
        raise BadToken("sub is the client_id: this is an assertion, not a request (RFC 9101 section 10.8).")
    if nested := sorted(_NESTED & claims.keys()):
        raise BadToken(f"It may not hold {nested[0]} (RFC 9101 section 4).")
    return claims


def _check_times(claims: dict[str, Any], *, must: bool) -> None:
    """`must`: whether exp and nbf have to be there, an hour apart at most. Raises BadToken."""
    now, exp, nbf = clock.now(), claims.get("exp"), claims.get("nbf")
    for name in ("exp", "nbf", "iat"):
        if name in claims and not _is_time(claims[name]):
            raise BadToken(f"{name} is not a time.")
    if exp is not None and exp <= now - LEEWAY:
        raise BadToken("It has expired.")
    if nbf is not None and nbf > now + LEEWAY:
        raise BadToken("nbf is in the future.")
    if not must:
        return
    if exp is None or nbf is None:
        raise BadToken("exp and nbf must be there.")
    if nbf < now - LONGEST_LIFE or exp - nbf > LONGEST_LIFE:
        raise BadToken(f"nbf may be {LONGEST_LIFE} seconds old, and exp as long after it.")


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _pairs(claims: dict[str, Any]) -> list[tuple[str, str]]:
    """The claims as the parameters that they stand for. Raises BadToken."""
    pairs = []
    for name, value in claims.items():
        if name in _ENVELOPE or value is None:
            continue
        several = value if isinstance(value, list) and name in REPEATABLE else [value]
        pairs += [(name, _text(name, one)) for one in several]
    return pairs


def _text(name: str, value: Any) -> str:
    """Objects and numbers as they would stand in a query (RFC 9101 section 4)."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        (name + text).encode()
    except UnicodeEncodeError:
        raise BadToken("A parameter in it is not valid Unicode.") from None
    if "\0" in name + text or ("\\u0000" in text and not isinstance(value, str)):
        raise BadToken("A parameter in it holds a NUL character.")
    return text
