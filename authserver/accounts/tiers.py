"""Tiers: which there are, and which an account has. A change counts at once, also in windows that are open (RL7)."""

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import tiers, users
from authserver.models.tiers import Tier
from authserver.models.users import User

LONGEST_NAME = 40
MOST = 1_000_000_000
LONGEST_WINDOW = 31 * 86400
USUAL_WINDOW = 3600


class UnknownTier(Exception):
    """There is no such tier for accounts."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no tier {name[:60]}. There are: {' '.join(offered())}.")


class BadTier(Exception):
    """A tier cannot be like that: `field` names the input, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def offered() -> list[str]:
    """The tiers that an account can have, smallest first."""
    return [tier.name for tier in tiers.every() if tier.name != tiers.ANONYMOUS]


def check(name: str) -> None:
    """Raises UnknownTier."""
    if name not in offered():
        raise UnknownTier(name)


def assign(user: User, name: str, *, actor: str, address: str | None = None) -> bool:
    """Give an account this tier. False when it has it already. Raises UnknownTier."""
    check(name)
    if user.tier == name:
        return False
    users.change(user.id, tier=name)
    record(Tag.USER_TIER_CHANGED, actor=actor, user_id=user.id, address=address, tier=name, before=user.tier)
    return True


def define(name: str, *, limit: int, window: int | None, actor: str, address: str | None = None) -> Tier:
    """Change a tier, or make it (decision 43); without a window it keeps its own. Raises BadTier."""
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum() or len(name) > LONGEST_NAME:
        raise BadTier("name", f"A tier's name is at most {LONGEST_NAME} letters, digits, - and _.")
    if not 0 <= limit <= MOST:
        raise BadTier("limit", f"The limit is 0 to {MOST} requests.")
    if window is not None and not 1 <= window <= LONGEST_WINDOW:
        raise BadTier("window", f"The window is 1 to {LONGEST_WINDOW} seconds.")
    before = tiers.find(name)
    tier = Tier(name, limit, window or (before.window if before else USUAL_WINDOW))
    tiers.put(tier)
    record(Tag.TIER_CHANGED, actor=actor, address=address, tier=name, limit=tier.limit, window=tier.window)
    return tier
