"""What a token is bound to: a key by DPoP (RFC 9449), a certificate by mutual TLS (RFC 8705 section 3), or nothing.

One rule for all grants, and one for all doors that take tokens. A request without a `DPoP` header to a client that asks
for no binding costs one look into the headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from authserver.models import spent_ids
from authserver.models.clients import Client
from authserver.models.grants import Grant
from authserver.oauth import client_certificate, client_jwt, dpop
from authserver.oauth.client_members.binding import CERTIFICATE_BOUND, DPOP_BOUND
from authserver.oauth.dpop import MissingNonce, Proof
from authserver.oauth.errors import Cause, InvalidGrantError, InvalidRequestError, InvalidTokenError, Refusal
from authserver.oauth.issuer import Order
from authserver.oauth.request import Request
from authserver.traces import passed

if TYPE_CHECKING:
    from authserver.oauth.server import AuthorizationServer

CHECK = "Proof of possession"
HEADER = "dpop"
JKT, X5T = "jkt", "x5t#S256"
ALGORITHMS = tuple(client_jwt.ALGORITHMS)
BAD_PROOF = "The DPoP proof is not good for this request."
USE_NONCE = "The DPoP proof needs the nonce of this server."
NOT_SHOWN = "The access token is bound to something that this request does not show."
OTHER_KEY = "It is bound to a key that this request does not show."


class InvalidDpopProofError(Refusal):
    """RFC 9449 section 5: the proof is malformed, of another request, or was used before."""

    error = "invalid_dpop_proof"


class UseDpopNonceError(Refusal):
    """RFC 9449 section 8: the same again, with the nonce of this answer."""

    error = "use_dpop_nonce"

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("DPoP-Nonce", dpop.nonce())]


class BadProofError(InvalidDpopProofError):
    """RFC 9449 section 7.1: the same where a token is presented."""

    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), challenge(self)]


class NonceDemandedError(UseDpopNonceError):
    """RFC 9449 section 9: the same where a token is presented."""

    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), challenge(self)]


class UnprovenTokenError(InvalidTokenError):
    """RFC 9449 section 7.1: a token by the wrong scheme, or with the proof of another key or another token (DP3)."""

    def get_headers(self) -> list[tuple[str, str]]:
        return [*Refusal.get_headers(self), challenge(self)]


def challenge(error: Refusal) -> tuple[str, str]:
    """`WWW-Authenticate` of the scheme DPoP."""
    says = f'error="{error.error}", error_description="{error.description}", algs="{" ".join(ALGORITHMS)}"'
    return "WWW-Authenticate", f'DPoP realm="authserver", {says}'


# -- what is issued ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Binding:
    """What the sender of a request has shown to hold: nothing, as a rule."""

    proof: Proof | None = None
    x5t_s256: str | None = None

    @property
    def cnf(self) -> dict[str, str]:
        """The confirmation claim (RFC 7800 section 3.1)."""
        shown = {JKT: self.proof.jkt if self.proof is not None else None, X5T: self.x5t_s256}
        return {name: value for name, value in shown.items() if value is not None}

    def holds(self, bound_to: str) -> bool:
        """Whether it shows all that a family of refresh tokens is bound to (`grants.cnf`)."""
        return set(bound_to.split()) <= set(_written(self.cnf))


NOTHING = Binding()


def shown(request: Request, client: Client, *, issuer: str) -> Binding:
    """What the tokens of this request will be bound to. Raises invalid_dpop_proof, use_dpop_nonce.

    Nothing is written: `spend` the proof later, before what it buys.
    """
    certified = CERTIFICATE_BOUND in client.details
    if HEADER not in request.headers and not certified:
        return NOTHING
    proof = _believed(request, url=issuer + request.path) if HEADER in request.headers else None
    certificate = client_certificate.presented(request) if certified else None
    return Binding(proof, certificate.x5t_s256 if certificate is not None else None)


def is_demanded(client: Client) -> bool:
    """Whether the client is registered for bound tokens and no others."""
    return DPOP_BOUND in client.details or CERTIFICATE_BOUND in client.details


def check_demanded(client: Client, binding: Binding) -> None:
    """Raises invalid_request when the client is registered for bound tokens and has shown nothing to bind them to."""
    if DPOP_BOUND in client.details and binding.proof is None:
        cause = Cause("proof_missing", CHECK, "The client is registered with dpop_bound_access_tokens.")
        raise InvalidRequestError("The tokens of this client are bound to a key: send a DPoP proof.", cause)
    if CERTIFICATE_BOUND in client.details and binding.x5t_s256 is None:
        cause = Cause("certificate_missing", CHECK, "No certificate has come with the request.")
        says = "The tokens of this client are bound to its certificate: connect by mutual TLS."
        raise InvalidRequestError(says, cause)


def bound(order: Order, binding: Binding) -> Order:
    """The order of a token that says what it is bound to."""
    return replace(order, claims={**order.claims, "cnf": binding.cnf}) if binding.cnf else order


def of_family(order: Order) -> str | None:
    """What the refresh tokens are bound to from now on (`grants.cnf`), if they are not yet.

    Those of a confidential client are bound to it by its authentication: it may change its key (RFC 9449 section 5).
    """
    if not order.client.public or order.refresh_expires_at is None or order.grant.cnf is not None:
        return None
    return " ".join(_written(order.claims.get("cnf", {}))) or None


def check_family(grant: Grant, binding: Binding) -> None:
    """Raises invalid_grant for a refresh token that is bound to something else (DP4, RFC 8705 section 4)."""
    if grant.cnf is not None and not binding.holds(grant.cnf):
        cause = Cause("refresh_token_of_another_key", CHECK, OTHER_KEY)
        raise InvalidGrantError("The refresh token is bound to another key.", cause)


def check_code(dpop_jkt: str | None, binding: Binding) -> None:
    """Raises invalid_grant for a code that somebody else's key has asked for (RFC 9449 section 10, DP5)."""
    if dpop_jkt is not None and (binding.proof is None or binding.proof.jkt != dpop_jkt):
        shows = binding.proof.jkt if binding.proof is not None else "no proof"
        cause = Cause("code_of_another_key", CHECK, expected=dpop_jkt, received=shows)
        raise InvalidGrantError("The code is bound to another key.", cause)


def proof_key(request: Request, server: "AuthorizationServer") -> str | None:
    """The thumbprint of the key of the request's DPoP header, for a pushed request (RFC 9449 section 10.1).

    It is spent here: call it after all that is slow. Raises invalid_dpop_proof, use_dpop_nonce.
    """
    if HEADER not in request.headers:
        return None
    proof = _believed(request, url=server.settings.issuer + request.path)
    spend(proof)
    return proof.jkt


def spend(proof: Proof | None) -> None:
    """Use the proof up, also when the request fails afterwards (decision 4). Raises invalid_dpop_proof (DP1)."""
    if proof is not None and not _spent(proof):
        raise InvalidDpopProofError(BAD_PROOF, _replayed())


# -- what is presented -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Presented:
    """A token as it was sent, and by which scheme: `bearer` or `dpop`."""

    token: str = field(repr=False)
    scheme: str = "bearer"


def check_sender(
    presented: Presented,
    cnf: Mapping[str, Any],
    request: Request,
    *,
    method: str,
    url: str,
    needs_nonce: bool = True,
) -> Proof | None:
    """Whether whoever sends a good token may: it shows what the token is bound to.

    `method` and `url` are those of the caller, also where a proxy asks for it. The proof is still to be spent by
    `spend_at_door`, after all that is slow. Raises 401: invalid_token (DP3), invalid_dpop_proof, use_dpop_nonce.
    """
    if X5T in cnf:
        certificate = client_certificate.presented(request)
        if certificate is None or certificate.x5t_s256 != cnf[X5T]:
            cause = Cause("token_of_another_certificate", CHECK, "The request came without this certificate.")
            raise InvalidTokenError(NOT_SHOWN, cause)  # RFC 8705 section 3
    if JKT not in cnf:
        if presented.scheme != "bearer":
            cause = Cause("token_not_bound", CHECK, "It is bound to no key, so no proof makes it better.")
            raise InvalidTokenError("The access token is bound to no key: it is a Bearer token.", cause)
        return None
    if presented.scheme != "dpop" or HEADER not in request.headers:
        raise _unproven(Cause("token_without_proof", CHECK, expected="Authorization: DPoP ... and a DPoP header"))
    proof = _proven(presented.token, request, method=method, url=url, needs_nonce=needs_nonce)
    if proof.jkt != cnf[JKT]:
        raise _unproven(Cause("token_of_another_key", CHECK, expected=str(cnf[JKT]), received=proof.jkt))
    passed(CHECK, "The key that the token is bound to.")
    return proof


def spend_at_door(proof: Proof | None) -> None:
    """Use up the proof that a token was presented with. Raises invalid_dpop_proof (401)."""
    if proof is not None and not _spent(proof):
        raise BadProofError(BAD_PROOF, _replayed())


def _unproven(cause: Cause) -> UnprovenTokenError:
    return UnprovenTokenError(NOT_SHOWN, cause)


def _proven(token: str, request: Request, *, method: str, url: str, needs_nonce: bool) -> Proof:
    try:
        return dpop.verify(
            request.headers[HEADER], method=method, url=url, access_token=token, needs_nonce=needs_nonce
        )
    except MissingNonce as error:
        raise NonceDemandedError(USE_NONCE, Cause("nonce_missing", CHECK, str(error))) from None
    except dpop.OtherToken as error:
        raise _unproven(Cause("token_of_another_proof", CHECK, str(error))) from None
    except client_jwt.BadToken as error:
        raise BadProofError(BAD_PROOF, Cause("proof_not_good", CHECK, str(error))) from None


def _believed(request: Request, *, url: str) -> Proof:
    try:
        proof = dpop.verify(request.headers[HEADER], method=request.method, url=url)
    except MissingNonce as error:
        raise UseDpopNonceError(USE_NONCE, Cause("nonce_missing", CHECK, str(error))) from None
    except client_jwt.BadToken as error:
        raise InvalidDpopProofError(BAD_PROOF, Cause("proof_not_good", CHECK, str(error))) from None
    passed(CHECK, f"A DPoP proof by the key {proof.jkt}.")
    return proof


def _spent(proof: Proof) -> bool:
    """True for the one request that this proof was made for."""
    return spent_ids.spend("dpop_proof", maker=proof.jkt, jti=proof.jti, expires_at=proof.expires_at)


def _replayed() -> Cause:
    return Cause("proof_replayed", CHECK, "Its jti has been used before: make a new proof for every request.")


def _written(cnf: Mapping[str, str]) -> list[str]:
    return [f"{name}:{value}" for name, value in cnf.items()]
