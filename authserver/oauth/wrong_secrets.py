"""Wrong client secrets are slowed down, by client and network (CA9).

Only a secret that is wrong asks here: a good one is always let in, so nobody can lock out a client. An unknown client
is counted as a known one is (CA4).
"""

from authserver import opaque
from authserver.limits.addresses import network
from authserver.models import throttles

WINDOW = 15 * 60
PER_CLIENT, PER_NETWORK = 100, 1000


def count(client_id: str, *, address: str) -> int:
    """Count one more, or say how many seconds this network must wait; then nothing is written (RL6)."""
    place = network(address)
    keys = {_key("client secret", f"{client_id} {place}"): PER_CLIENT, _key("client secrets", place): PER_NETWORK}
    if wait := max(throttles.wait(key, limit=limit) for key, limit in keys.items()):
        return wait
    for key in keys:
        throttles.count(key, window=WINDOW)
    return 0


def _key(kind: str, value: str) -> str:
    return f"{kind}:{opaque.digest('throttle', value)}"
