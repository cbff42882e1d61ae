"""Whether a request to somebody's API may pass: the question of the gateway, decided without a resource server.

The credential is looked at by the same list as at `/introspect`, so a new kind is learned by both together.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from authserver.limits import addresses
from authserver.limits.limiter import Allowance
from authserver.models import tiers
from authserver.models.tiers import Tier
from authserver.oauth import bearer, binding, scopes, step_up
from authserver.oauth.binding import JKT, Presented, UnprovenTokenError
from authserver.oauth.credentials.credential import CHECK as TOKEN
from authserver.oauth.credentials.credential import Good, Verifier
from authserver.oauth.errors import (
    BearerRequestError,
    Cause,
    InsufficientScopeError,
    InvalidRequestError,
    InvalidTokenError,
    MissingTokenError,
    NotForHereError,
    OAuth2Error,
    Refusal,
)
from authserver.oauth.introspection import recognised
from authserver.oauth.metering import Meter
from authserver.oauth.original_request import Original
from authserver.oauth.request import CHECK, Parameters, Request
from authserver.oauth.step_up import ANY_SIGN_IN, Authentication

GATEWAY = "gateway"  # what the use of a key is noted under; no client of this id can be
COST = 1
#: What a parameter may be; `scope` and `audience` are looked at by their own rules.
CHOICES = {"environment": ("live", "test", "any"), "anonymous": ("allow",), "limit_status": ("429", "403")}
#: They let more pass than without them, so they must come from the operator, never from the caller.
WIDENING = frozenset({"audience", "anonymous"})
_CREDENTIAL = re.compile(r"(?:bearer|dpop) ", re.IGNORECASE)
_CLOSED = Tier(tiers.ANONYMOUS, 0, 3600)


@dataclass(frozen=True, slots=True)
class Demand:
    """What the operator asks of a request."""

    scope: tuple[str, ...] = ()
    environment: str = "any"
    audience: str | None = None
    anonymous: bool = False
    limit_status: int = 429
    authentication: Authentication = ANY_SIGN_IN


@dataclass(frozen=True, slots=True)
class Verdict:
    """`status` is the true one. What is known of the caller stands here also when it may not pass."""

    status: int
    error: OAuth2Error | None = None
    good: Good | None = None
    tier: str = ""
    allowance: Allowance | None = None


def demanded(parameters: Parameters, *, by_operator: bool) -> Demand:
    """Read the parameters; of others than the operator only those count that narrow. Raises invalid_request."""
    found = {name: _one(parameters, name) for name in ("scope", "audience", "acr_values", "max_age", *CHOICES)}
    if not by_operator:
        found |= dict.fromkeys(WIDENING)
    for name, allowed in CHOICES.items():
        if found[name] not in (None, *allowed):
            cause = Cause("gateway_parameter", CHECK, expected=" or ".join(allowed), received=f"{name}={found[name]}")
            raise InvalidRequestError(f"The parameter {name} must be one of: {', '.join(allowed)}.", cause)
    return Demand(
        scope=scopes.split(found["scope"]),
        environment=found["environment"] or "any",
        audience=found["audience"],
        anonymous=found["anonymous"] is not None,
        limit_status=int(found["limit_status"] or 429),
        authentication=step_up.demanded(found["acr_values"], found["max_age"]),
    )


def presented(headers: Mapping[str, str]) -> Presented | None:
    """The credential of a request: None when there is none, an empty one for what cannot be good.

    Never from the query or a cookie (AK8). Raises invalid_request for two.
    """
    authorization, key = headers.get("authorization") or None, headers.get("x-api-key") or None
    # A field that was sent twice is one value with a comma here, which no credential of ours holds.
    several = len([part for part in (authorization or "").split(",") if _CREDENTIAL.match(part.strip())]) > 1
    if several or "," in (key or "") or (authorization is not None and key is not None):
        raise BearerRequestError("The request carries two credentials.", Cause("two_credentials", TOKEN))
    if authorization is not None:
        return bearer.presented_in(authorization) or Presented("")
    return None if key is None else Presented(key)


def judge(
    presented: Presented | None,
    request: Request,
    original: Original | None,
    demand: Demand,
    *,
    verifier: Verifier,
    meter: Meter,
) -> Verdict:
    """Look at the credential, then at what is demanded, then spend: whoever may not pass spends nothing.

    `original`: the request in question, as far as it is known.
    """
    address = request.address
    if presented is None and demand.anonymous:
        return _anonymous(address, meter)
    if presented is None:
        return Verdict(401, MissingTokenError(_HOW, Cause("token_missing", TOKEN)))
    origin = addresses.known(address)
    good = recognised(presented.token, verifier=verifier, address=origin)
    if good is None:
        return _unknown(address, meter)
    if (refused := _unproven(good, presented, request, original)) is not None:
        return _unknown(address, meter, refused)
    if (error := _lacking(good, demand)) is not None:
        meter.note(good, client_id=GATEWAY, address=origin, refused=True)
        left = meter.limiter.spend(good.account, good.tier, 0)
        return Verdict(error.status_code, error, good, good.tier.name, left)
    allowance = meter.spend(good, COST, client_id=GATEWAY, address=origin)
    return Verdict(429 if allowance.exceeded else 200, None, good, good.tier.name, allowance)


_WHICH = (
    "The access token is bound to a key, and the proxy has not told the gateway which request this is: its operator "
    "lets it send X-Original-Method and X-Original-URL, or X-Forwarded-Method and X-Forwarded-Uri."
)
_HOW = "Send an API key, an access token or a session token in the Authorization header."


def _anonymous(address: str, meter: Meter) -> Verdict:
    allowance = _spend_of_address(address, meter)
    return Verdict(429 if allowance.exceeded else 200, None, None, tiers.ANONYMOUS, allowance)


def _unproven(good: Good, presented: Presented, request: Request, original: Original | None) -> Refusal | None:
    """Why this is not the one that the credential was issued to. Its proof is spent here."""
    cnf = good.claims.get("cnf", {})
    if not cnf and presented.scheme == "bearer":
        return None
    try:
        if JKT in cnf and presented.scheme == "dpop" and original is None:
            raise UnprovenTokenError(_WHICH, Cause("request_not_known", binding.CHECK))
        method, url = (original.method, original.url) if original is not None else ("", "")
        # Without a nonce: it would have to find its way back through every kind of proxy.
        binding.spend_at_door(
            binding.check_sender(presented, cnf, request, method=method, url=url, needs_nonce=False)
        )
    except Refusal as error:
        if error.cause is not None and "client_id" in good.claims:
            error.cause = replace(error.cause, client_id=good.claims["client_id"])
        return error
    return None


def _unknown(address: str, meter: Meter, error: Refusal | None = None) -> Verdict:
    """Guesses spend what their address has, never what a key has (RL5); a good credential is not held back by them."""
    allowance = _spend_of_address(address, meter)
    if allowance.exceeded:
        return Verdict(429, None, None, tiers.ANONYMOUS, allowance)
    error = error or InvalidTokenError("The credential is unknown, expired, revoked or not good from this address.")
    return Verdict(401, error, None, tiers.ANONYMOUS, allowance)


def _spend_of_address(address: str, meter: Meter) -> Allowance:
    tier = tiers.look_up(tiers.ANONYMOUS) or _CLOSED
    return meter.limiter.spend(addresses.account_of(address), tier, COST)


def _lacking(good: Good, demand: Demand) -> OAuth2Error | None:
    """Why a good credential may not pass here (decision 44)."""
    environment = good.claims.get("environment", demand.environment)  # OAuth and session tokens pass in any
    if demand.environment not in ("any", environment):
        cause = Cause("environment", "Environment", expected=demand.environment, received=environment)
        return NotForHereError(f"The key is for the environment {environment}.", cause)
    if good.audience and demand.audience not in good.audience:
        cause = Cause("audience", "Audience", expected=demand.audience, received=scopes.join(good.audience))
        return NotForHereError("The credential is bound to another audience.", cause)
    granted = str(good.claims["scope"]).split()
    missing = [name for name in demand.scope if name not in granted]
    if missing:
        return InsufficientScopeError(scopes.join(missing), required=scopes.join(demand.scope))
    return demand.authentication.lacking(good.claims)


def _one(parameters: Parameters, name: str) -> str | None:
    values = parameters.every(name)
    if len(values) > 1:
        raise InvalidRequestError(f"The parameter {name} is repeated.", Cause("parameter_repeated", CHECK))
    return values[0] if values else None
