"""How many clients anybody may make known here: by network, and in all (DC6)."""

from authserver import opaque
from authserver.limits.addresses import network
from authserver.models import throttles
from authserver.oauth.errors import SlowDownError

WINDOW = 3600
PER_ADDRESS, IN_ALL = 100, 2000


class TooManyRegistrationsError(SlowDownError):
    """From one network, or in all."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.description = f"Too many registrations. Try again in {wait} seconds."


def check(address: str) -> None:
    """Refuse before anything is read or written. Raises TooManyRegistrationsError."""
    if wait := max(throttles.wait(key, limit=limit) for key, limit in _budgets(address)):
        raise TooManyRegistrationsError(wait)


def count(address: str) -> None:
    """One more. Counted first and compared then: of many at once no more than the limit pass."""
    for key, limit in _budgets(address):
        throttles.count(key, window=WINDOW)
        if wait := throttles.wait(key, limit=limit + 1):
            raise TooManyRegistrationsError(wait)


def _budgets(address: str) -> tuple[tuple[str, int], ...]:
    place = opaque.digest("throttle", network(address))
    return (f"registrations from:{place}", PER_ADDRESS), ("registrations", IN_ALL)
