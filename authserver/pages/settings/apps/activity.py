"""When applications were last heard of: by their requests, and by their secrets where successes leave no trace."""

from collections.abc import Iterable

from authserver.models import client_secrets, traces


def last_requests(client_ids: Iterable[str]) -> dict[str, int]:
    """Client id -> when it last sent a request, of those that did."""
    ids = list(client_ids)
    requests, secrets = traces.newest(ids), client_secrets.last_used(ids)
    return {name: max(requests.get(name, 0), secrets.get(name, 0)) for name in {*requests, *secrets}}
