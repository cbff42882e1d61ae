"""Where to go after the login: a path of this server, or nowhere (LG5)."""

import re

# One slash, then neither of the two that make browsers read a host; printable ASCII without backslash.
_OWN_PATH = re.compile(r"/(?![/%])[!-\[\]-~]*")


def own(target: str | None, *, default: str = "/") -> str:
    """The target if it leads to a page of ours, else the default."""
    if not target or len(target) > 2000 or not _OWN_PATH.fullmatch(target):
        return default
    return default if target.partition("?")[0] in {"/login", "/logout"} else target
