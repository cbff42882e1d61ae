"""What a good credential uses: requests of its account's tier, and of a key also when, where and by whom."""

from dataclasses import dataclass

from authserver.limits.limiter import Allowance, Limiter
from authserver.oauth.credentials.credential import Good
from authserver.usage.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts exactly what is limited, and notes the use of keys without waiting for the database."""

    limiter: Limiter
    usage: Recorder

    def spend(self, good: Good, cost: int, *, client_id: str, address: str | None) -> Allowance:
        """Spend `cost` requests, with 0 none. `client_id` is the server that was asked, `address` its caller's."""
        allowance = self.limiter.spend(good.account, good.tier, cost)
        over = allowance.exceeded
        self.note(good, client_id=client_id, address=address, refused=over, limited=over)
        return allowance

    def note(
        self, good: Good, *, client_id: str, address: str | None, refused: bool, limited: bool = False
    ) -> None:
        """A key was used, or wanted to be where it may not; `limited` when it was refused for its limit alone."""
        if "key_id" in good.claims:
            self.usage.note(
                good.claims["key_id"], address=address, client_id=client_id, refused=refused, limited=limited
            )
