"""Opaque values: random strings, their keyed digests, and comparison in constant time."""

import base64
import hmac
import secrets
import string

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DIGITS = bytes(ord(BASE62[byte % 62]) for byte in range(256))
_SURPLUS = bytes(range(248, 256))
_peppers: dict[int, bytes] = {}
PEPPER_VERSION = 1


def install(pepper: bytes, version: int = PEPPER_VERSION) -> None:
    """Hand over the pepper that the factory derived from the master key (decision 7)."""
    _peppers[version] = pepper


def token(prefix: str) -> str:
    """A new secret of 256 bits, `<prefix>_...`; the prefix keeps the kinds apart and never begins with `-`."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def identifier(prefix: str) -> str:
    """A new public id of 119 random bits, `<prefix>_...`."""
    return f"{prefix}_{base62(20)}"


def base62(length: int) -> str:
    """Random characters of `0-9A-Za-z`, each drawn without bias."""
    digits = b""
    while len(digits) < length:
        # Bytes from 248 on are dropped: 248 is a multiple of 62, so every character is as likely as the others.
        digits += secrets.token_bytes(length + 8).translate(_DIGITS, _SURPLUS)
    return digits[:length].decode("ascii")


def digest(kind: str, value: str, version: int = PEPPER_VERSION) -> str:
    """What the database keeps of a secret: hex HMAC-SHA256 under the pepper, one namespace for each kind (CR9)."""
    return hmac.digest(_peppers[version], f"{kind}\0{value}".encode(), "sha256").hex()


def successor(kind: str, value: str, version: int = PEPPER_VERSION) -> str:
    """The value that follows `value` in a chain; only this server can compute it, and always the same (decision 17)."""
    raw = hmac.digest(_peppers[version], f"successor\0{kind}\0{value}".encode(), "sha256")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def equal(left: str, right: str) -> bool:
    """Compare without telling by time where the two differ."""
    return hmac.compare_digest(left.encode(), right.encode())
