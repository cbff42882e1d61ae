"""Passwords: argon2id (RFC 9106), what is accepted, and a check that takes everybody the same time (LG2, LG9)."""

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from authserver.accounts.common_passwords import MOST_COMMON
from authserver.languages import gettext as _
from authserver.settings import Settings

SHORTEST, LONGEST = 8, 1024  # characters; bytes of UTF-8
PATIENCE = 5  # seconds to wait for one of the slots
# Each hash fills tens of megabytes; more at once than cores only makes all of them late.
_slots = threading.BoundedSemaphore(4)


class Unacceptable(Exception):
    """Why this password cannot be chosen, in words for its owner."""


class Busy(Exception):
    """Too many passwords are being checked at the moment."""


@dataclass(frozen=True, slots=True)
class _Argon2:
    hasher: PasswordHasher
    nobody: str  # what is verified when there is no hash, so that this costs the same


def check(password: str, *, own_names: tuple[str, ...] = ()) -> None:
    """Refuse a bad choice; `own_names` are the account's e-mail and user name. Raises Unacceptable."""
    if too_long(password):
        raise Unacceptable(_("The password is too long: at most %(number)s bytes.", number=LONGEST))
    if len(password) < SHORTEST:
        raise Unacceptable(_("The password is too short: at least %(number)s characters.", number=SHORTEST))
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        raise Unacceptable(_("The password holds a character that cannot be typed."))
    plain = password.casefold()
    if plain in MOST_COMMON:
        raise Unacceptable(
            _("This password is one of the most common ones, and is tried first by everybody who guesses.")
        )
    if plain.strip() in {part for name in own_names for part in (name.casefold(), name.casefold().partition("@")[0])}:
        raise Unacceptable(_("The password must differ from your e-mail and your user name."))


def too_long(password: str) -> bool:
    """Whether it is refused unhashed; never reads more than is allowed (LG9)."""
    return len(password) > LONGEST or len(password.encode(errors="replace")) > LONGEST


def hashed(settings: Settings, password: str) -> str:
    """The argon2id hash to keep. Slow: call it before the first write. Raises Busy."""
    with _slot():
        return _argon2(settings.password_memory).hasher.hash(_same_everywhere(password))


def verify(settings: Settings, password: str, kept: str | None) -> bool:
    """Whether the password belongs to the hash; without one it takes as long and is False. Raises Busy."""
    argon2 = _argon2(settings.password_memory)
    if too_long(password):
        return False
    with _slot():
        try:
            return argon2.hasher.verify(kept or argon2.nobody, _same_everywhere(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(settings: Settings, kept: str) -> bool:
    """Whether the hash was made with other parameters than are set now."""
    return _argon2(settings.password_memory).hasher.check_needs_rehash(kept)


def _same_everywhere(password: str) -> bytes:
    # Keyboards differ in how they compose letters; the same password must be the same bytes (RFC 8265, section 4.2.2).
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")


@lru_cache
def _argon2(memory: int) -> _Argon2:
    hasher = PasswordHasher(time_cost=2, memory_cost=memory, parallelism=1, type=Type.ID)
    return _Argon2(hasher, hasher.hash(secrets.token_bytes(32)))


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        _slots.release()
