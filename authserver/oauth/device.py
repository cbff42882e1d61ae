"""The codes of a device (RFC 8628): one that it keeps and asks with, one that a person types elsewhere (DV1, DV2)."""

import re
from unicodedata import normalize

from authserver import clock, opaque
from authserver.limits.addresses import network
from authserver.models import device_codes, throttles
from authserver.models.device_codes import DeviceCode

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
#: Consonants (RFC 8628 section 6.1): no words by accident, and nothing that looks like a digit. 20^8 codes.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
LIFETIME = 600
#: Seconds between two polls, and by how many they grow for whoever does not keep to them.
INTERVAL, SLOWER = 5, 5
#: Wrong codes in one window, of one account and of one network (section 5.1).
PER_ACCOUNT, PER_ADDRESS, WINDOW = 10, 100, 15 * 60
CHECK = "Grant type"


class Unknown(Exception):
    """There is no such code: mistyped, or guessed."""


class Over(Exception):
    """The code was good once: it has expired, or somebody has answered."""


class TooManyGuesses(Exception):
    """Try again in `wait` seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("Too many wrong codes.")
        self.wait = wait


def shown(user_code: str) -> str:
    """As people read it: XXXX-XXXX."""
    return f"{user_code[:4]}-{user_code[4:]}"


def canonical(typed: str) -> str | None:
    """The code in what somebody has typed, in any case and with any dashes and blanks (section 6.1)."""
    letters = re.sub(r"[\W_]", "", normalize("NFKC", typed[:100])).upper()
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None


def look(typed: str, *, user_id: str, address: str) -> DeviceCode:
    """The code that waits for an answer. Raises Unknown, which counts (DV2), Over, which does not, TooManyGuesses."""
    budgets = ((_key("user", user_id), PER_ACCOUNT), (_key("address", network(address)), PER_ADDRESS))
    wait = max(throttles.wait(key, limit=limit) for key, limit in budgets)
    if wait:
        raise TooManyGuesses(wait)
    user_code = canonical(typed)
    found = device_codes.find_by_user_code(user_code) if user_code is not None else None
    if found is None:
        for key, _ in budgets:
            throttles.count(key, window=WINDOW)
        raise Unknown
    if found.decision is not None or found.expires_at <= clock.now():
        raise Over
    return found


def _key(kind: str, value: str) -> str:
    return f"device {kind}:{opaque.digest('throttle', value)}"
