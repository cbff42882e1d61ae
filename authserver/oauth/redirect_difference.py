"""How a redirect URI differs from those that are registered: for the owner of the application, for nobody else."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple
from urllib.parse import unquote

from authserver.oauth.errors import Cause
from authserver.oauth.redirect_uri import LOOPBACK_HOSTS

CHECK = "Redirect URI"
LONGEST = 500  # characters that are compared
#: What can differ, and what to say of it.
KINDS = {
    "scheme": "The scheme is another one: http is not https.",
    "user": "It carries a user name before the host, which no redirect URI may have.",
    "loopback": "localhost is not 127.0.0.1: the two are different hosts. Register the one that the program sends.",
    "host": "The host is another one.",
    "port": "The port differs. Only on the loopback addresses 127.0.0.1 and [::1] may it vary.",
    "case": "Upper and lower case differ: they are different characters in a redirect URI.",
    "slash": "One of the two has a slash at its end that the other has not.",
    "encoding": "The same characters are percent-encoded in one and not in the other: they are compared as sent.",
    "path": "The path is another one.",
    "query": "The query is another one: it belongs to the redirect URI.",
    "fragment": "It has a fragment (#), which no redirect URI may have.",
}
#: RFC 3986 appendix B: it takes any text apart, also one that is no URI.
_PARTS = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:(.*)@)?(.*?)(?::(\d*))?", re.DOTALL)
Marked = list[tuple[str, str]]


class Parts(NamedTuple):
    """A URI taken apart; what is not there is empty."""

    scheme: str
    user: str
    host: str
    port: str
    path: str
    query: str
    fragment: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The registered URI that comes nearest, and what about the requested one is not the same."""

    registered: str
    requested: str
    kinds: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What differs, a sentence for each."""
        return tuple(KINDS[kind] for kind in self.kinds)

    @property
    def rows(self) -> tuple[Marked, Marked]:
        """Both, as pieces of text: `same`, `gone` (registered only), `new` (requested only)."""
        registered, requested = self.registered[:LONGEST], self.requested[:LONGEST]
        above: Marked = []
        below: Marked = []
        for operation, i, j, k, m in SequenceMatcher(None, registered, requested, autojunk=False).get_opcodes():
            if operation == "equal":
                above.append(("same", registered[i:j]))
                below.append(("same", requested[k:m]))
                continue
            above += [("gone", registered[i:j])] * (i < j)
            below += [("new", requested[k:m])] * (k < m)
        return above, below


def nearest(requested: str, registered: tuple[str, ...]) -> Difference | None:
    """The difference to the nearest of the registered ones; None where there is none, or where one is the same."""
    if not registered or requested in registered:
        return None
    found = [Difference(uri, requested, _kinds(_parts(uri), _parts(requested))) for uri in registered]
    return min(found, key=lambda one: (len(one.kinds), "host" in one.kinds, -_likeness(one)))


def mismatch(requested: str, registered: tuple[str, ...]) -> Cause:
    """Why a request was not answered by a redirect."""
    difference = nearest(requested, registered)
    if difference is None:
        return Cause("redirect_uri_mismatch", CHECK, "No redirect URI is registered.", received=requested)
    says = " ".join(difference.sentences)
    return Cause("redirect_uri_mismatch", CHECK, says, expected=difference.registered, received=requested)


def _parts(uri: str) -> Parts:
    whole = _PARTS.fullmatch(uri)
    assert whole is not None  # it matches any text
    scheme, authority, path, query, fragment = (part or "" for part in whole.groups())
    inside = _AUTHORITY.fullmatch(authority)
    assert inside is not None
    user, host, port = (part or "" for part in inside.groups())
    return Parts(scheme, user, host, port, path, query, fragment)


def _kinds(ours: Parts, theirs: Parts) -> tuple[str, ...]:
    """What differs, in the order of `KINDS`."""
    found = {_of_text(ours.scheme, theirs.scheme, "scheme"), _of_host(ours.host, theirs.host)}
    # A slash at the end is told apart from what else differs in the path.
    found.add(_of_text(ours.path.rstrip("/"), theirs.path.rstrip("/"), "path"))
    found.add(_of_text(ours.query, theirs.query, "query"))
    found |= {name for name in ("user", "port", "fragment") if getattr(ours, name) != getattr(theirs, name)}
    if ours.path.endswith("/") != theirs.path.endswith("/"):
        found.add("slash")
    return tuple(kind for kind in KINDS if kind in found)


def _of_text(ours: str, theirs: str, kind: str) -> str | None:
    if ours == theirs:
        return None
    if ours.lower() == theirs.lower():
        return "case"
    return "encoding" if unquote(ours) == unquote(theirs) else kind


def _of_host(ours: str, theirs: str) -> str | None:
    if ours != theirs and {ours.strip("[]"), theirs.strip("[]")} <= LOOPBACK_HOSTS:
        return "loopback"
    return _of_text(ours, theirs, "host")


def _likeness(one: Difference) -> float:
    return SequenceMatcher(None, one.registered[:LONGEST], one.requested[:LONGEST]).quick_ratio()
