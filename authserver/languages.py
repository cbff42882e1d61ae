"""Languages: which are offered, which one this request speaks, and texts, dates and times in it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.dates import format_skeleton
from babel.numbers import format_decimal

#: Code -> name in the language itself.
OFFERED = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ar": "العربية"}
#: The language of the sources: it needs no catalogue.
DEFAULT = "en"
RIGHT_TO_LEFT = frozenset({"ar"})
CATALOGUES = Path(__file__).parent / "translations"
#: Whose dates are written where the code alone would mean another country's.
_COUNTRIES = {"en": "en_GB"}
_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def current() -> str:
    """The language of this request."""
    return _current.get()


def direction() -> str:
    """How it is written, as HTML says it."""
    return "rtl" if current() in RIGHT_TO_LEFT else "ltr"


def speak(code: str) -> None:
    """From here on everything is said in this language, until told otherwise."""
    _current.set(code)


@contextmanager
def speaking(code: str | None) -> Iterator[None]:
    """Everything within is said in this language; one that is not offered changes nothing."""
    token = _current.set(code if code in OFFERED else current())
    try:
        yield
    finally:
        _current.reset(token)


def negotiate(wanted: Iterable[str]) -> str | None:
    """The first that is offered, by the lookup of RFC 4647 section 3.4: `de-AT` is answered with `de`."""
    for language in wanted:
        tag = language.lower().replace("_", "-")
        while tag:
            if tag in OFFERED:
                return tag
            tag = tag.rpartition("-")[0]
    return None


# -- texts -------------------------------------------------------------------------------------------------------------


def gettext(text: str, /, **values: object) -> str:
    """The text in the language of this request; with values, its `%(name)s` are filled in."""
    said = _catalogue(current()).gettext(text) if text else ""  # the translation of nothing is the catalogue's header
    return said % values if values else said


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The text that goes with this number, of as many forms as the language has."""
    said = _catalogue(current()).ngettext(one, many, number)
    return said % values if values else said


class Lazy:
    """A text that is said later, in the language of whoever reads it: for labels and messages of forms."""

    def __init__(self, text: str, values: dict[str, object]) -> None:
        self._text, self._values = text, values

    def __str__(self) -> str:
        return gettext(self._text, **self._values)

    def __mod__(self, values: object) -> str:
        """Said now: WTForms fills in what it knows."""
        return str(self) % values


def lazy(text: str, /, **values: object) -> Lazy:
    """`gettext` at the time of use."""
    return Lazy(text, values)


@cache
def _catalogue(code: str) -> NullTranslations:
    """Read when the language is first spoken."""
    if code == DEFAULT:
        return NullTranslations()
    with (CATALOGUES / code / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return GNUTranslations(file)


# -- numbers and times -------------------------------------------------------------------------------------------------


def moment(seconds: int) -> str:
    """Epoch seconds as a date and a time: `5 Mar 2026, 14:03 UTC`."""
    at = datetime.fromtimestamp(seconds, UTC)
    return gettext("%(date)s, %(time)s UTC", date=day(seconds), time=f"{at:%H:%M}")


def day(seconds: int) -> str:
    """Epoch seconds as a date."""
    return format_skeleton("yMMMd", datetime.fromtimestamp(seconds, UTC), locale=_locale())


def figure(number: int) -> str:
    """A number that may be large: `12,500`."""
    return format_decimal(number, locale=_locale())


def _locale() -> str:
    return _COUNTRIES.get(current(), current())


def duration(seconds: int) -> str:
    """A length of time in words, rounded up, as it stands after "in" or "for"."""
    minutes, hours, days = -(-seconds // 60), -(-seconds // 3600), -(-seconds // 86400)
    if seconds <= 90:
        return ngettext("%(number)s second", "%(number)s seconds", seconds, number=seconds)
    if minutes <= 90:
        return ngettext("%(number)s minute", "%(number)s minutes", minutes, number=minutes)
    if hours <= 48:
        return ngettext("%(number)s hour", "%(number)s hours", hours, number=hours)
    return ngettext("%(number)s day", "%(number)s days", days, number=days)
