"""Every error that this server sends: what it means, who must act, its cases, and how each is fixed.

The data of /docs/errors and of the explanations; a test proves that nothing in the code is missing here.
"""

from authserver.oauth.catalogue import (
    answers,
    binding,
    clients,
    details,
    grants,
    registration,
    request_objects,
    requests,
)
from authserver.oauth.catalogue.entry import Case, Entry

TOPICS = (
    answers,
    binding,
    clients,
    details,
    grants,
    registration,
    request_objects,
    requests,
)
ENTRIES: tuple[Entry, ...] = tuple(
    sorted((entry for topic in TOPICS for entry in topic.ENTRIES), key=lambda entry: entry.code)
)
_BY_CODE = {entry.code: entry for entry in ENTRIES}

__all__ = ["ENTRIES", "Case", "Entry", "case_of", "find"]


def find(code: str | None) -> Entry | None:
    """The entry of an error code."""
    return _BY_CODE.get(code or "")


def case_of(code: str | None, anchor: str | None) -> Case | None:
    """One case of an error code."""
    entry = find(code)
    return entry.case(anchor) if entry is not None else None
