"""How many tokens of an application live: how many stop working when access is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from authserver import clock
from authserver.models import access_tokens, refresh_tokens
from authserver.models.clients import Client
from authserver.models.grants import Grant


@dataclass(frozen=True, slots=True)
class LiveTokens:
    """A signed access token leaves no row: then the number is the least that there can be."""

    number: int
    exact: bool


def count(client: Client, own: Sequence[Grant], *, ttl: int, scope: str | None = None) -> LiveTokens:
    """Those of the client's grants, or those of them that carry a scope. `ttl`: the life of an access token."""
    now = clock.now()
    holding = [grant for grant in own if scope is None or scope in grant.scope_left]
    lately = [grant for grant in holding if (grant.last_used_at or grant.created_at) + ttl > now]
    refreshable = [grant.id for grant in holding if (grant.refresh_expires_at or 0) > now]
    stored = [text for text in access_tokens.live_scopes([grant.id for grant in lately]) if _carries(text, scope)]
    number = len(stored) + refresh_tokens.live_count(refreshable)
    if client.access_token_format != "jwt":
        return LiveTokens(number, exact=True)
    # One for each grant that got any within the life of one.
    signed = sum(grant.last_used_at is not None for grant in lately)
    return LiveTokens(number + signed, exact=not signed)


def _carries(text: str, scope: str | None) -> bool:
    return scope is None or scope in text.split()
