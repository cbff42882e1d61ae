"""Claims that are asked for one by one: the `claims` parameter (OpenID Connect Core section 5.5).

A claim about the person may be asked for by whoever may ask for the scope that carries it. Of a request only what is
understood here is kept; the rest is ignored, as the section wants it.
"""

from collections.abc import Mapping
from typing import Any

from authserver.models.clients import Client
from authserver.models.grants import Grant
from authserver.oauth import acr, json_parameter, scopes
from authserver.oauth.acr import UnmetAuthenticationRequirementsError
from authserver.oauth.errors import Cause, InvalidRequestError
from authserver.oauth.json_parameter import Malformed
from authserver.oauth.oidc.claims import BY_SCOPE
from authserver.traces import passed

ID_TOKEN, USERINFO = PLACES = ("id_token", "userinfo")
#: Claim -> the scope that carries it.
CARRIERS = {name: scope for scope, names in BY_SCOPE.items() for name in names}
#: Claims of the sign-in, which every ID token has; what they must be can be asked for.
OF_THE_SIGN_IN = ("sub", "acr", "auth_time")
LONGEST, MOST, MOST_VALUES = 8192, 100, 20
CHECK = "Claims"
Wanted = dict[str, dict[str, Any]]


def read(text: str | None, client: Client) -> dict[str, Wanted]:
    """What is asked for at each place. Raises invalid_request, unmet_authentication_requirements."""
    if text is None:
        return {}
    try:
        if len(text) > LONGEST:
            raise Malformed(f"is longer than {LONGEST} characters")
        found = _places(json_parameter.parse(text), client)
    except Malformed as error:
        raise InvalidRequestError(f"The parameter claims {error}.", Cause("claims_malformed", CHECK)) from None
    _check_reachable(found)
    names = sorted({name for wanted in found.values() for name in wanted})
    passed(CHECK, " ".join(names) or "Nothing in it is known here.")
    return found


def values_of(asked: Mapping[str, Wanted], name: str) -> tuple[str, ...]:
    """What a claim of the sign-in is to be, at either place; none when it may be anything."""
    found = (asked.get(place, {}).get(name, {}) for place in PLACES)
    return tuple(dict.fromkeys(value for wish in found for value in wish.get("values", ())))


def about_the_person(asked: Mapping[str, Wanted]) -> tuple[str, ...]:
    """The claims, at either place, that tell something about the person."""
    return tuple(name for name in CARRIERS if any(name in asked.get(place, ()) for place in PLACES))


def beyond(asked: Mapping[str, Wanted], scope: tuple[str, ...]) -> tuple[str, ...]:
    """The claims about the person that none of these scopes carries."""
    return tuple(name for name in about_the_person(asked) if CARRIERS[name] not in scope)


def allowed(
    asked: Mapping[str, Wanted], *, requested_scope: tuple[str, ...], granted_scope: tuple[str, ...]
) -> dict[str, Wanted]:
    """What is left when these scopes were asked for and those granted: of a scope that was refused, no claim comes."""
    refused = set(requested_scope) - set(granted_scope)
    found = {
        place: {name: wish for name, wish in asked.get(place, {}).items() if CARRIERS.get(name) not in refused}
        for place in PLACES
    }
    return {place: wanted for place, wanted in found.items() if wanted}


def requested(details: Mapping[str, Any], place: str) -> tuple[str, ...]:
    """The claims about the person that a grant with these details has at this place, beside those of its scopes."""
    wanted = details.get("claims", {}).get(place, {})
    return tuple(name for name in CARRIERS if name in wanted)


def of_grant(grant: Grant, place: str, scope: tuple[str, ...]) -> tuple[str, ...]:
    """The same for one token of it: not what was taken back, and of a scope only while the token has it."""
    gone, held = (grant.withdrawn_scope or "").split(), grant.scope.split()
    return tuple(
        name
        for name in requested(grant.details, place)
        if CARRIERS[name] not in gone and (CARRIERS[name] in scope or CARRIERS[name] not in held)
    )


def _places(document: Any, client: Client) -> dict[str, Wanted]:
    if not isinstance(document, dict):
        raise Malformed("is no JSON object")
    open_ = scopes.open_to(client)
    known = {*OF_THE_SIGN_IN, *(name for name, scope in CARRIERS.items() if scope in open_)}
    found = {place: _wanted(document.get(place), known) for place in PLACES}
    return {place: wanted for place, wanted in found.items() if wanted}


def _wanted(members: Any, known: set[str]) -> Wanted:
    if members is None:
        return {}
    if not isinstance(members, dict) or len(members) > MOST:
        raise Malformed(f"must have objects of at most {MOST} members")
    return {name: _wish(name, wish) for name, wish in members.items() if name in known}


def _wish(name: str, wish: Any) -> dict[str, Any]:
    """How one claim is asked for (section 5.5.1), every value of it in `values`."""
    if wish is None:
        return {}
    essential = wish.get("essential", False) if isinstance(wish, dict) else None
    if not isinstance(essential, bool):
        raise Malformed("must ask for each claim by null or by an object, in which essential is true or false")
    values = wish.get("values", [wish["value"]] if "value" in wish else [])
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise Malformed(f"may name at most {MOST_VALUES} values of a claim")
    if name not in ("sub", "acr"):
        values = []
    if not all(isinstance(value, str) and 0 < len(value) <= acr.LONGEST for value in values):
        raise Malformed("may ask for sub and acr by strings only")
    return {**({"essential": True} if essential else {}), **({"values": values} if values else {})}


def _check_reachable(asked: Mapping[str, Wanted]) -> None:
    """A level that must be reached and cannot be: no sign-in would help (section 5.5.1.1)."""
    for wish in (asked.get(place, {}).get("acr", {}) for place in PLACES):
        values = tuple(wish.get("values", ()))
        if wish.get("essential") and values and not acr.reachable(values):
            cause = Cause("acr_unreachable", acr.CHECK, expected=" ".join(acr.LEVELS), received=" ".join(values))
            raise UnmetAuthenticationRequirementsError("The essential acr cannot be reached here.", cause)
