"""Rich authorization requests (RFC 9396): what a token may be used for, said in more detail than a scope can.

A type exists where a resource server is registered for it (`authorization_details_types`), which also says what the
details of this type may hold; a client may use the types that it is registered for itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from authserver import opaque
from authserver.models import clients
from authserver.models.clients import Client
from authserver.oauth import json_parameter
from authserver.oauth.errors import Cause, Refusal, printable
from authserver.oauth.json_parameter import Malformed
from authserver.traces import passed

TYPES = "authorization_details_types"
#: The members that any type may have (section 2.2): lists of strings, and one string.
LISTS = ("locations", "actions", "datatypes", "privileges")
IDENTIFIER = "identifier"
MOST, MOST_VALUES, LONGEST_TEXT = 10, 40, 500
CHECK = "Authorization details"
Detail = dict[str, Any]


class InvalidAuthorizationDetailsError(Refusal):
    """RFC 9396 section 5: malformed, of an unknown type, or not as the type wants them."""

    error = "invalid_authorization_details"


class Unfit(ValueError):
    """The detail is not as its type wants it; the message completes "authorization_details ..."."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A type as one resource server knows it: `values` of the lists that it restricts, `members` beside the common."""

    type: str
    audience: str | None
    values: Mapping[str, tuple[str, ...]]
    members: frozenset[str]


def declared() -> list[Declaration]:
    """All types of all resource servers."""
    return [
        Declaration(
            type=stated["type"],
            audience=server.audience,
            values={name: tuple(stated[name]) for name in LISTS if name in stated},
            members=frozenset(stated.get("members", ())),
        )
        for server in clients.resource_servers()
        for stated in server.details.get(TYPES, ())
    ]


def types() -> list[str]:
    """The names of all types, each once."""
    return sorted({declaration.type for declaration in declared()})


def read(text: str | None, client: Client) -> tuple[Detail, ...]:
    """The details of a request, each as its type wants it. Raises invalid_authorization_details."""
    if text is None:
        return ()
    details, known = parse(text), declared()
    allowed = client.details.get(TYPES, ())
    for detail in details:
        name = printable(detail["type"], 60)
        fitting = [declaration for declaration in known if declaration.type == detail["type"]]
        if not fitting:
            cause = Cause("details_type_unknown", CHECK, received=name)
            raise InvalidAuthorizationDetailsError(f"The type {name} is unknown.", cause)
        if detail["type"] not in allowed:
            cause = Cause("details_type_not_allowed", CHECK, expected=", ".join(allowed) or "none", received=name)
            raise InvalidAuthorizationDetailsError(f"The type {name} is not allowed for this client.", cause)
        _check_fits(detail, fitting)
    _passed(details)
    return details


def parse(text: str) -> tuple[Detail, ...]:
    """A list of objects, each with a type. Raises invalid_authorization_details."""
    try:
        found = json_parameter.parse(text)
        if not isinstance(found, list) or not 1 <= len(found) <= MOST:
            raise Malformed(f"is no list of 1 to {MOST} objects")
        for detail in found:
            _check_form(detail)
    except Malformed as error:
        cause = Cause("details_malformed", CHECK)
        raise InvalidAuthorizationDetailsError(f"The parameter authorization_details {error}.", cause) from None
    return tuple(found)


def within(asked: tuple[Detail, ...], granted: Iterable[Detail]) -> tuple[Detail, ...]:
    """The same details. Raises invalid_authorization_details for one that no granted one holds (section 6.1)."""
    surplus = _surplus(asked, tuple(granted))
    if surplus is not None:
        cause = Cause("details_not_granted", CHECK, received=printable(surplus["type"], 60))
        raise InvalidAuthorizationDetailsError("authorization_details exceed what was granted.", cause)
    _passed(asked)
    return asked


def for_audience(details: tuple[Detail, ...], audience: tuple[str, ...]) -> tuple[Detail, ...]:
    """The details that concern these resource servers: a token for one tells it nothing of another's (section 9.1)."""
    if not details or not audience:
        return details
    theirs = {declaration.type for declaration in declared() if declaration.audience in audience}
    return tuple(detail for detail in details if detail["type"] in theirs)


def digest(detail: Detail) -> str:
    """Stands for exactly this detail, in what is remembered of a decision."""
    return opaque.digest("authorization_detail", json_parameter.written(detail))


def leaves(name: str, value: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every value in a member, each list of plain values as one, under the path that leads to it."""
    if isinstance(value, dict) and value:
        for inner, item in value.items():
            yield from leaves(f"{name}.{inner}", item)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value, 1):
            yield from leaves(f"{name}.{number}", item)
    else:
        yield name, tuple(_text(item) for item in value) if isinstance(value, list) else (_text(value),)


def _check_form(detail: Any) -> None:
    """What must be so in every type: of a size that a person can read, with the common members as they are defined."""
    if not isinstance(detail, dict) or not isinstance(detail.get("type"), str) or not detail["type"]:
        raise Malformed("must have a type, a string, in each of its objects")
    found = [pair for name, value in detail.items() for pair in leaves(name, value)]
    names, values = [name for name, _ in found], [value for _, values in found for value in values]
    too_long = any(len(text) > LONGEST_TEXT for text in (*names, *values))
    if too_long or max(len(names), len(values)) > MOST_VALUES:
        raise Malformed("is more than a person can read")
    for name in LISTS:
        value = detail.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Malformed(f"must have lists of strings as {name}")
    if not isinstance(detail.get(IDENTIFIER, ""), str):
        raise Malformed("must have strings as identifier")


def _check_fits(detail: Detail, fitting: list[Declaration]) -> None:
    """Raises invalid_authorization_details when it is not as any resource server wants it."""
    problems = []
    for declaration in fitting:
        try:
            _compare(detail, declaration)
        except Unfit as error:
            problems.append(str(error))
        else:
            return
    cause = Cause("details_unfit", CHECK, received=printable(detail["type"], 60))
    raise InvalidAuthorizationDetailsError(f"authorization_details {problems[0]}.", cause)


def _compare(detail: Detail, declaration: Declaration) -> None:
    known = {"type", IDENTIFIER, *LISTS, *declaration.members}
    if unknown := [name for name in detail if name not in known]:
        raise Unfit(f"of this type have no member {printable(unknown[0], 60)}")
    for name, values in declaration.values.items():
        if other := [value for value in detail.get(name, ()) if value not in values]:
            raise Unfit(f"of this type cannot have {printable(other[0], 100)} in {name}")


def _surplus(asked: tuple[Detail, ...], granted: tuple[Detail, ...]) -> Detail | None:
    """The first for which no granted one is left: each stands for one, so of one payment there never come two."""
    taken: dict[int, int] = {}  # the place of a granted one -> that of the asked one

    def find(number: int, tried: set[int]) -> bool:
        for place, wider in enumerate(granted):
            if place in tried or not _is_within(asked[number], wider):
                continue
            tried.add(place)
            if place not in taken or find(taken[place], tried):
                taken[place] = number
                return True
        return False

    return next((detail for number, detail in enumerate(asked) if not find(number, set())), None)


def _is_within(detail: Detail, wider: Detail) -> bool:
    """Whether it asks for no more: the same, or fewer values in the lists. What a missing list means, nobody knows."""
    if detail.keys() != wider.keys():
        return False
    return all(
        set(detail[name]) <= set(wider[name])
        if name in LISTS and detail[name]
        else json_parameter.written(detail[name]) == json_parameter.written(wider[name])  # 1 is not true
        for name in detail
    )


def _passed(details: tuple[Detail, ...]) -> None:
    passed(CHECK, ", ".join(printable(detail["type"], 60) for detail in details))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_parameter.written(value)
