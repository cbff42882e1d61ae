"""What people may tell of themselves beside their name, kept by the names of the claims (OpenID Connect Core 5.1)."""

import re
import zoneinfo
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from authserver.accounts.registration import Invalid, Problem, is_hidden, tidy
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.languages import gettext as _
from authserver.models import users
from authserver.models.users import User

LONGEST, LONGEST_URL, MOST_LINES = 100, 300, 4
#: Parts of `address` (section 5.1.1), in the order in which they are written.
ADDRESS = ("street_address", "postal_code", "locality", "region", "country")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164, as section 5.1 recommends
_BETWEEN_DIGITS = re.compile(r"[\s().\u2010-\u2015/-]+")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


def keep(user: User, told: Mapping[str, str], *, visitor: Visitor) -> None:
    """Replace what was told before. What is left empty is not known any more. Raises Invalid."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name, read in READERS.items():
        try:
            value = read(told.get(name, ""))
        except _Wrong as wrong:
            problems.append(Problem(name, str(wrong)))
        else:
            found |= {name: value} if value else {}
    if problems:
        raise Invalid(*problems)
    address = {name: found.pop(name) for name in ADDRESS if name in found}
    profile: dict[str, Any] = {**found, **({"address": address} if address else {})}
    users.change(user.id, profile=profile)
    fields = tuple(sorted(name for name in {*profile, *user.profile} if profile.get(name) != user.profile.get(name)))
    record(Tag.USER_PROFILE_CHANGED, actor=user.id, user_id=user.id, address=visitor.address, fields=fields)


def told_by(user: User) -> dict[str, str]:
    """What stands in the form: as `keep` takes it."""
    parts: dict[str, str] = user.profile.get("address", {})
    return {name: str(user.profile.get(name, parts.get(name, ""))) for name in READERS}


class _Wrong(Exception):
    """The value cannot be; the text is for the person."""


def _line(text: str) -> str:
    return _visible(tidy(text))


def _lines(text: str) -> str:
    """A few lines, as on an envelope."""
    lines = [_visible(tidy(line)) for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    if len(lines) > MOST_LINES:
        raise _Wrong(_("At most %(number)s lines.", number=MOST_LINES))
    return "\n".join(line for line in lines if line)


def _visible(text: str) -> str:
    if len(text) > LONGEST:
        raise _Wrong(_("This is too long: at most %(number)s characters.", number=LONGEST))
    if any(is_hidden(character) for character in text):
        raise _Wrong(_("This holds characters that cannot be seen."))
    return text


def _website(text: str) -> str:
    address = text.strip()
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if address and (
        len(address) > LONGEST_URL
        or not re.fullmatch(r"[\x21-\x7e]+", address)
        or not host
        or parts.scheme not in {"http", "https"}
        or "@" in parts.netloc
    ):
        raise _Wrong(_("Enter an address that begins with https://."))
    return address


def _zone(text: str) -> str:
    name = text.strip()
    if name and not (_ZONE.fullmatch(name) and name in (_zones() or {name})):
        raise _Wrong(_("Enter a time zone such as Europe/Berlin."))
    return name


def _phone(text: str) -> str:
    number = _BETWEEN_DIGITS.sub("", text.strip())
    if number and not _PHONE.fullmatch(number):
        raise _Wrong(_("Enter the number with its country code, such as +49 30 1234567."))
    return number


@cache
def _zones() -> frozenset[str]:
    """The time zones that this computer knows; none where it has no list."""
    return frozenset(zoneinfo.available_timezones())


#: Field -> how it is read. The names are those of claims, and of the members of `address`.
READERS: Mapping[str, Callable[[str], str]] = {
    "given_name": _line,
    "family_name": _line,
    "website": _website,
    "zoneinfo": _zone,
    "phone_number": _phone,
    "street_address": _lines,
    "postal_code": _line,
    "locality": _line,
    "region": _line,
    "country": _line,
}
