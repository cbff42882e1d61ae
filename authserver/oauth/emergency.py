"""The emergency brake: everything that was issued until now ends, and whoever is still wanted signs in again (FT14).

The mark in `installation` alone kills it on all workers, also what a restored backup brings back. The rows are ended as
well, so that every page says what is true.
"""

from dataclasses import dataclass

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import api_keys, grants, installation, links, sessions

BECAUSE = "everything was ended"


@dataclass(frozen=True, slots=True)
class Ended:
    """How many of each were alive, and from which second on credentials are good again."""

    good_from: int
    sessions: int
    grants: int
    api_keys: int
    links: int


def end_everything(*, actor: str, address: str | None = None) -> Ended:
    """End every session, token, API key and one-time link, and what is issued within this second."""
    good_from = clock.now() + 1
    installation.bump(good_from)
    ended = Ended(
        good_from,
        sessions=sessions.end_every(),
        grants=grants.revoke_every(because=BECAUSE),
        api_keys=api_keys.revoke_every(by=actor, because="operator"),
        links=links.end_every(),
    )
    record(
        Tag.NOT_BEFORE_MOVED,
        actor=actor,
        address=address,
        not_before=good_from,
        sessions=ended.sessions,
        grants=ended.grants,
        api_keys=ended.api_keys,
        links=ended.links,
    )
    return ended
