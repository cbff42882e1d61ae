"""What has been seen of API keys and client secrets and is not written yet."""

import threading
from dataclasses import dataclass

from authserver import clock
from authserver.models.api_keys import Use
from authserver.models.client_secrets import SecretUse
from authserver.models.key_usage import HOUR, KeyUsage

#: Keys, and hours of keys, that are kept apart; beyond it only those that are known already are counted.
MOST = 20_000
#: Seconds in which a further use of the same secret is not worth writing down.
GRAIN = 10
LONGEST_ADDRESS = 64  # the zone of an IPv6 address may be any text


@dataclass(frozen=True, slots=True)
class Batch:
    """What one flush writes, in the order of the keys: two processes that write at once must not wait in a circle."""

    last: tuple[Use, ...]
    hours: tuple[KeyUsage, ...]
    secrets: tuple[SecretUse, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.last or self.hours or self.secrets)


class Notes:
    """Bounded, and one short lock: nothing here waits for the database (AK10)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, Use] = {}
        self._hours: dict[tuple[str, int], tuple[int, int, int]] = {}
        self._secrets: dict[str, SecretUse] = {}
        self._seen: dict[str, int] = {}  # secrets that were noted lately, written or not

    def __bool__(self) -> bool:
        return bool(self._last or self._hours or self._secrets)

    def has_lately(self, secret_id: str) -> bool:
        """Whether this secret was noted so lately that a further use is no news."""
        return 0 <= clock.now() - self._seen.get(secret_id, 0) < GRAIN

    def add_secret(self, secret_id: str, *, address: str | None) -> None:
        """A secret was used, now."""
        use = SecretUse(secret_id, clock.now(), address and address[:LONGEST_ADDRESS])
        with self._lock:
            if len(self._seen) >= MOST:
                self._seen.clear()
            self._seen[secret_id], self._secrets[secret_id] = use.at, use

    def add(self, key_id: str, *, address: str | None, client_id: str, refused: bool, limited: bool = False) -> None:
        """One use, now."""
        now = clock.now()
        address = address and address[:LONGEST_ADDRESS]
        hour = (key_id, now - now % HOUR)
        with self._lock:
            if key_id in self._last or len(self._last) < MOST:
                self._last[key_id] = Use(key_id, now, address, client_id)
            self._count(hour, 1, int(refused), int(limited))

    def take(self) -> Batch:
        """All of it, to be written; the notes are empty afterwards."""
        with self._lock:
            last, self._last = self._last, {}
            hours, self._hours = self._hours, {}
            secrets, self._secrets = self._secrets, {}
        return Batch(
            tuple(last[key_id] for key_id in sorted(last)),
            tuple(KeyUsage(*key, *hours[key]) for key in sorted(hours)),
            tuple(secrets[secret_id] for secret_id in sorted(secrets)),
        )

    def put_back(self, batch: Batch) -> None:
        """It could not be written: keep it beside what has come since."""
        with self._lock:
            kept = batch.last[: MOST - len(self._last)]
            self._last = {**{use.key_id: use for use in kept}, **self._last}
            for row in batch.hours:
                self._count((row.key_id, row.hour), row.requests, row.refused, row.limited)
            self._secrets = {**{use.secret_id: use for use in batch.secrets}, **self._secrets}

    def _count(self, hour: tuple[str, int], requests: int, refused: int, limited: int) -> None:
        before = self._hours.get(hour)
        if before is not None:
            self._hours[hour] = (before[0] + requests, before[1] + refused, before[2] + limited)
        elif len(self._hours) < MOST:
            self._hours[hour] = (requests, refused, limited)
