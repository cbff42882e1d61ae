"""`authserver purge`: forget what has expired, but nothing by which a replay must still be recognised."""

import click

from authserver import clock
from authserver.cli.durations import Duration
from authserver.cli.output import show
from authserver.cli.verb import Verb
from authserver.cli.work import work
from authserver.models import (
    access_tokens,
    audit_events,
    authorization_codes,
    authorization_requests,
    client_secrets,
    device_codes,
    grants,
    key_usage,
    links,
    logouts,
    outbox,
    refresh_tokens,
    revocations,
    sessions,
    spent_ids,
    throttles,
    traces,
)
from authserver.oauth import feed, notices, registration
from authserver.settings import Settings
from authserver.traces.recorder import KEPT

DAY = 86400
#: A browser that has signed in keeps its own budget of guesses (decision 34), so its sessions are remembered.
KNOWN_BROWSER = 400 * DAY
#: The pages show 30 days of it.
KEPT_USAGE = 90 * DAY


@click.command("purge", cls=Verb)
@click.option("--audit-older-than", type=Duration(), metavar="DURATION", help="Also forget audit events, such as 400d.")
def purge(audit_older_than: int | None) -> None:
    """Forget what has expired, and tell owners which keys end within a week. Run it daily, beside the server."""
    with work() as house:
        counts = expired(house.settings, now=clock.now())
        if audit_older_than is not None:
            counts["audit_events"] = audit_events.purge(clock.now() - audit_older_than)
        counts["told_of_ending_keys"] = notices.ending(house.settings)
        counts["counters"] = house.server.limiter.purge()
    show(counts)


def expired(settings: Settings, *, now: int) -> dict[str, int]:
    """Delete it, and say how many of each."""
    # A code or refresh token that comes again ends its grant, so it is known for as long as that can live.
    family_over = now - settings.refresh_absolute_ttl - DAY
    return {
        "access_tokens": access_tokens.purge(now - DAY),
        "authorization_codes": authorization_codes.purge(family_over),
        "authorization_requests": authorization_requests.purge(now - DAY),
        "client_secrets": client_secrets.purge(now - 90 * DAY),
        "device_codes": device_codes.purge(now - DAY),
        "grants": grants.purge(now - 90 * DAY, exchanged_before=now - DAY),
        "key_usage": key_usage.purge(now - KEPT_USAGE),
        "links": links.purge(now - 30 * DAY),
        "logouts": logouts.purge(now - 2 * DAY),
        "outbox": outbox.purge(now - 30 * DAY),
        "refresh_tokens": refresh_tokens.purge(family_over),
        "revocations": revocations.purge(now - 2 * feed.KEPT),
        "registered_clients": registration.purge(),
        "sessions": sessions.purge(now - KNOWN_BROWSER),
        "spent_ids": spent_ids.purge(now - DAY),
        "throttles": throttles.purge(),
        "traces": traces.purge(now - KEPT),
    }


COMMAND = purge
