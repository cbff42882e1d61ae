"""Languages: which are offered, which one this request speaks, and the texts in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Code -> name in the language itself.
OFFERED = {"en": "English"}
DEFAULT = "en"
_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def current() -> str:
    """The language of this request."""
    return _current.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Everything within is said in this language."""
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


def gettext(text: str) -> str:
    """The text in the language of this request."""
    return text
