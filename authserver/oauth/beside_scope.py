"""What a request asks for beside scopes: claims about the person one by one, and authorization details (RFC 9396).

Both are asked about like a scope that is new. A claim that was allowed once needs no question again; neither do the
very same details, but never others, also not for an application of our own: they may be a payment.
"""

from collections.abc import Iterable
from typing import Any

from authserver.models.consents import CLAIMS, DETAILS
from authserver.models.grants import Grant
from authserver.oauth import authorization_details
from authserver.oauth.authorization_details import Detail
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.oidc import requested_claims
from authserver.oauth.oidc.requested_claims import CARRIERS, PLACES
from authserver.oauth.standing_consent import StandingConsent

MOST_REMEMBERED = 100


def claims(parameters: AuthorizationParameters) -> tuple[str, ...]:
    """The claims about the person that none of the scopes asked for carries."""
    return requested_claims.beyond(parameters.claims, parameters.scope)


def new_claims(parameters: AuthorizationParameters, standing: StandingConsent) -> tuple[str, ...]:
    """Those that the person has not allowed before, neither one by one nor with the scope that carries them."""
    known = {*standing.claims, *(name for name, scope in CARRIERS.items() if scope in standing.scope)}
    return tuple(name for name in claims(parameters) if name not in known)


def new_details(parameters: AuthorizationParameters, standing: StandingConsent) -> tuple[Detail, ...]:
    """The details that the person has not allowed before, exactly as they are."""
    asked = parameters.authorization_details
    return tuple(detail for detail in asked if authorization_details.digest(detail) not in standing.details)


def granted(parameters: AuthorizationParameters, scope: tuple[str, ...]) -> dict[str, Any]:
    """What a grant of these scopes keeps in `details`."""
    found: dict[str, Any] = {
        CLAIMS: requested_claims.allowed(parameters.claims, requested_scope=parameters.scope, granted_scope=scope),
        DETAILS: list(parameters.authorization_details),
    }
    return {name: value for name, value in found.items() if value}


def claims_of(grant: Grant) -> tuple[str, ...]:
    """The claims that a grant has beside those of its scopes."""
    places = (requested_claims.of_grant(grant, place, grant.scope_left) for place in PLACES)
    return tuple(dict.fromkeys(name for names in places for name in names if CARRIERS[name] not in grant.scope_left))


def details_of(grant: Grant) -> tuple[Detail, ...]:
    """The details of a grant."""
    return tuple(grant.details.get(DETAILS, ()))


def remembered(parameters: AuthorizationParameters, before: StandingConsent) -> dict[str, list[str]]:
    """What a consent keeps of it from now on, beside what still stands."""
    digests = (authorization_details.digest(detail) for detail in parameters.authorization_details)
    found = {CLAIMS: _joined(before.claims, claims(parameters)), DETAILS: _joined(before.details, digests)}
    return {name: values for name, values in found.items() if values}


def _joined(before: Iterable[str], now: Iterable[str]) -> list[str]:
    """The newest last; the oldest are forgotten."""
    newest = tuple(now)
    return [*(value for value in before if value not in newest), *newest][-MOST_REMEMBERED:]
