"""Redirect URIs: what may be registered, and exact comparison with the loopback rule (RFC 8252 section 7.3)."""

import re
from urllib.parse import urlsplit

from authserver.oauth.errors import InvalidRedirectUriError, printable

LONGEST = 2000
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?(/[^#]*|)")
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def matches(requested: str, registered: tuple[str, ...]) -> bool:
    """Simple string comparison (RFC 9700 section 4.1.3); on a loopback address the port may differ."""
    return requested in registered or any(_same_but_port(requested, uri) for uri in registered)


def is_loopback(uri: str) -> bool:
    """Whether it leads to a program on the user's own computer."""
    return urlsplit(uri).scheme == "http" and (urlsplit(uri).hostname or "") in LOOPBACK_HOSTS


def kind(uri: str) -> str:
    """`web`, `loopback` or `native` (a scheme of its own)."""
    if urlsplit(uri).scheme not in {"http", "https"}:
        return "native"
    return "loopback" if is_loopback(uri) else "web"


def destination(uri: str) -> str:
    """Where it leads, for people: host and port, or the scheme of a native application."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in {"http", "https"} else parts.scheme


def check(uri: object, *, native: bool) -> str:
    """The URI, if it may be registered. Raises invalid_redirect_uri naming the rule that it breaks."""
    if not isinstance(uri, str) or not uri or len(uri) > LONGEST:
        raise InvalidRedirectUriError(f"A redirect URI must be a string of 1 to {LONGEST} characters.")
    shown = printable(uri, 100)
    if not _PRINTABLE.fullmatch(uri) or "\\" in uri or "*" in uri:
        raise InvalidRedirectUriError(f"{shown}: only printable ASCII, no space, backslash or wildcard.")
    if "#" in uri:
        raise InvalidRedirectUriError(f"{shown}: no fragment (RFC 6749 section 3.1.2).")
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InvalidRedirectUriError(f"{shown}: not a valid URI.") from None
    if parts.scheme in {"http", "https"}:
        _check_web(uri, shown, scheme=parts.scheme, netloc=parts.netloc, host=host, port=port)
    elif not native or not _SCHEME.fullmatch(parts.scheme) or parts.netloc.count("@"):
        raise InvalidRedirectUriError(
            f"{shown}: use https, or for a native application a scheme with a dot, such as com.example.app:/callback."
        )
    return uri


def _check_web(uri: str, shown: str, *, scheme: str, netloc: str, host: str | None, port: int | None) -> None:
    if not host or "@" in netloc or port == 0:
        raise InvalidRedirectUriError(f"{shown}: needs a host, and no user name.")
    if not _HOST.fullmatch(host):  # a browser would decode %61 and go elsewhere than people read (C3)
        raise InvalidRedirectUriError(f"{shown}: write the host in letters, digits, dots and hyphens (IDN as xn--).")
    if scheme == "http" and host not in LOOPBACK_HOSTS:
        raise InvalidRedirectUriError(f"{shown}: http is only for loopback addresses; use https.")
    if not uri.startswith(f"{scheme}://") or netloc != netloc.lower():
        raise InvalidRedirectUriError(f"{shown}: write the scheme and the host in lower case.")


def _same_but_port(requested: str, registered: str) -> bool:
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(requested)
    if ours is None or theirs is None or int(theirs[2] or 1) > 65535:
        return False
    return (ours[1], ours[3]) == (theirs[1], theirs[3])
