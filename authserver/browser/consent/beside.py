"""What is asked for beside scopes, as people read it: single facts about them, and authorization details (RFC 9396)."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from authserver.languages import gettext as _
from authserver.oauth import authorization_details, beside_scope, client_name
from authserver.oauth.authorization_details import IDENTIFIER, Detail
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.standing_consent import StandingConsent


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a detail. `label` is in the person's language, or the name that the API has for it."""

    label: str
    is_name: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """One detail: all of it, because all of it is granted."""

    type: str
    facts: tuple[Fact, ...]
    is_new: bool


def claims() -> dict[str, str]:
    """What each claim tells about a person, in words."""
    return {
        "name": _("Your name"),
        "given_name": _("Your first name"),
        "family_name": _("Your family name"),
        "preferred_username": _("Your user name"),
        "website": _("Your website"),
        "zoneinfo": _("Your time zone"),
        "locale": _("Your language"),
        "updated_at": _("When you last changed your profile"),
        "email": _("Your e-mail address"),
        "email_verified": _("Whether your e-mail address is confirmed"),
        "address": _("Your postal address"),
        "phone_number": _("Your phone number"),
        "phone_number_verified": _("Whether your phone number is confirmed"),
    }


def describe(parameters: AuthorizationParameters, standing: StandingConsent) -> tuple[Described, ...]:
    """The details of a request."""
    return described(parameters.authorization_details, new=beside_scope.new_details(parameters, standing))


def described(details: Iterable[Detail], *, new: Container[Detail] = ()) -> tuple[Described, ...]:
    """These details in words."""
    return tuple(Described(_visible(detail["type"]), tuple(_facts(detail)), is_new=detail in new) for detail in details)


def _facts(detail: Detail) -> Iterator[Fact]:
    """The members that every type may have in words, the others as a small table."""
    words = {
        "actions": _("What it may do"),
        "locations": _("Where"),
        "datatypes": _("With which data"),
        IDENTIFIER: _("With exactly this"),
        "privileges": _("With which rights"),
    }
    for name, label in words.items():
        if name in detail:
            ((_path, values),) = authorization_details.leaves(name, detail[name])
            yield Fact(label, False, tuple(_visible(value) for value in values))
    for name, member in detail.items():
        if name not in words and name != "type":
            for path, values in authorization_details.leaves(name, member):
                yield Fact(_visible(path), True, tuple(_visible(value) for value in values))


def _visible(text: str) -> str:
    """Nothing is left out of it, but what is invisible, or turns the writing around, is shown as a mark."""
    return client_name.visible(text, instead="\ufffd")
