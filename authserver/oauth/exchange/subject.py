"""What all subject tokens have in common, and the grant that their successors hang on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from authserver import clock, opaque
from authserver.models.grants import TOKEN_EXCHANGE, Grant
from authserver.models.users import User

SUBJECT = "Subject token"
LONGEST_LIFE = 900  # seconds


@dataclass(frozen=True, slots=True)
class Basis:
    """What a new token stands on: for whom it is, how far it may reach, how long it may live."""

    user: User
    scope: tuple[str, ...]  # at most
    ends_at: int | None
    claims: Mapping[str, Any] = field(default_factory=dict)  # of the new token

    @property
    def lifetime(self) -> int:
        """Never longer than what was exchanged, and never longer than minutes (TX4)."""
        return LONGEST_LIFE if self.ends_at is None else min(LONGEST_LIFE, self.ends_at - clock.now())


class Subject(Protocol):
    """A subject token that is good, presented by a client that may exchange it."""

    @property
    def basis(self) -> Basis: ...

    def check_audience(self, asked: tuple[str, ...]) -> None:
        """Raises invalid_target for an audience that it cannot be exchanged for."""

    def grant(self, client_id: str, *, scope: str, audience: tuple[str, ...]) -> Grant:
        """The grant of the new token: it ends when this subject token does (TX6)."""

    def record(self, grant: Grant) -> None:
        """Open that grant. Raises when the subject token has ended in this very moment."""


def grant(user: User, client_id: str, *, scope: str, audience: tuple[str, ...], **behind: Any) -> Grant:
    """A new grant for one token. `behind`: what it ends with, and how the person had signed in."""
    now = clock.now()
    nothing: dict[str, Any] = {"auth_time": None, "amr": (), "acr": None}
    return Grant(
        id=opaque.identifier("g"),
        kind=TOKEN_EXCHANGE,
        client_id=client_id,
        user_id=user.id,
        sid=None,
        scope=scope,
        audience=audience,
        created_at=now,
        last_used_at=now,
        refresh_expires_at=None,
        revoked_at=None,
        revoked_because=None,
        **{**nothing, **behind},
    )
