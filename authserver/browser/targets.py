"""Where to go after the login: a path of this server, or nowhere (LG5)."""

import re

# One slash, then neither of the two that make browsers read a host; printable ASCII without backslash.
_OWN_PATH = re.compile(r"/(?![/%])[!-\[\]-~]*")


def own(target: str | None, *, default: str = "/") -> str:
    """The target if it leads to a page of ours, else the default."""
    found = page(target)
    return default if found is None or found.partition("?")[0] in {"/login", "/logout"} else found


def page(target: str | None) -> str | None:
    """The target if it leads to a page of ours, be it that of the login."""
    return target if target and len(target) <= 2000 and _OWN_PATH.fullmatch(target) else None
