"""Who this API is, and which authorization server it asks."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "RESOURCE_SERVER_"
#: What a quoted-string may hold without escapes.
_REALM = re.compile(r"[ !#-\[\]-~]{1,100}")
_SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}


class ConfigurationError(ValueError):
    """A value that cannot be meant; the message names it and never repeats a secret."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What `authserver clients create --resource-server` has answered, and how to ask.

    `metered`: every request spends from the caller's quota, so every request asks. Otherwise answers are used again as
    long as they say (`cache_ttl`), at most `longest_cache` seconds: so long may a revoked credential live on here.
    With `follow_revocations` that may be minutes, at most `longest_followed`, and what is revoked ends within a second.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    audience: str  #: the URL of this API: its `--audience`, and its resource identifier (RFC 9728)
    realm: str = "API"
    metered: bool = True
    origin: str = ""  #: where callers reach this API, when not at the origin of its audience: DPoP proofs name it
    server: str = ""  #: where the authorization server is reached from here, when not at its issuer
    timeout: float = 5.0
    ca_file: str = ""
    allow_http: bool = False  #: plain http to other hosts than this one, for private networks
    cache_entries: int = 10_000
    longest_cache: int = 60
    follow_revocations: bool = True
    longest_followed: int = 300

    def __post_init__(self) -> None:
        _check_url("issuer", self.issuer)
        _check_url("audience", self.audience)
        if not self.client_id or not self.client_secret:
            raise ConfigurationError("client_id and client_secret must be set")
        if not _REALM.fullmatch(self.realm):
            raise ConfigurationError("realm must be 1 to 100 printable ASCII characters without quotes or backslashes")
        if not 0 < self.timeout <= 60:
            raise ConfigurationError("timeout must be more than 0 and at most 60 seconds")
        _check_url("origin", self.own_origin)
        _check_url("server", self.root)
        if urlsplit(self.root).scheme == "http" and not self.allow_http and not _loopback(self.root):
            raise ConfigurationError("client_secret would travel in clear: use https, or set allow_http")

    @property
    def own_origin(self) -> str:
        """Scheme and host that callers know."""
        place = urlsplit(self.origin or self.audience)
        return f"{place.scheme}://{place.netloc}"

    @property
    def root(self) -> str:
        """Where to ask."""
        return (self.server or self.issuer).rstrip("/")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None, *, prefix: str = PREFIX) -> "Configuration":
        """Read `<prefix>ISSUER`, `..._CLIENT_ID` and so on; `..._FILE` names a file that holds the value."""
        given = os.environ if environ is None else environ
        names = [name for name in cls.__dataclass_fields__ if _stated(given, prefix + name.upper()) is not None]
        missing = {"issuer", "client_id", "client_secret", "audience"} - set(names)
        if missing:
            raise ConfigurationError(f"{prefix}{min(missing).upper()} must be set")
        values = {name: _converted(prefix + name.upper(), name, given) for name in names}
        try:
            return cls(**values)
        except ConfigurationError as error:
            raise ConfigurationError(f"{prefix}*: {error}") from None


def _stated(environ: Mapping[str, str], variable: str) -> str | None:
    if environ.get(variable):
        return environ[variable]
    file = environ.get(f"{variable}_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{variable}_FILE cannot be read") from None


def _converted(variable: str, name: str, environ: Mapping[str, str]) -> Any:
    text = _stated(environ, variable) or ""
    try:
        if name in {"metered", "allow_http", "follow_revocations"}:
            return _SWITCH[text.lower()]
        if name in {"cache_entries", "longest_cache", "longest_followed"}:
            return int(text)
        return float(text) if name == "timeout" else text
    except (KeyError, ValueError):
        raise ConfigurationError(f"{variable} has a bad value") from None


def _check_url(name: str, url: str) -> None:
    try:
        place = urlsplit(url)
        good = place.scheme in {"http", "https"} and bool(place.hostname) and (place.port is None or place.port > 0)
    except ValueError:
        good = False
    if not good or place.fragment or place.username or not re.fullmatch(r"[!-~]+", url) or '"' in url:
        raise ConfigurationError(f"{name} must be an http(s) URL without user and fragment")


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
