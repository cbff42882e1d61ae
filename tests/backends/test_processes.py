"""A real server: starts on an empty database, works beside its command line, leaves nothing behind when it stops."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import make_client, make_resource_server, make_user
from tests.processes import RunningServer
from tests.relying_party import RelyingParty, Remote


@pytest.mark.parametrize("workers", [1, 2])
def test_server_serves_what_was_made_beside_it(
    workers: int, running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=workers)
    beside = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    house = beside.extensions["authserver.house"]
    user, password = make_user(house)
    caller = make_resource_server(house)
    party = RelyingParty(Remote(server.url), *make_client(house, trusted=True))
    party.authorize(scope="openid read:realms").sign_in(user, password).redeem()
    assert party.userinfo().json["sub"] == user.id
    assert party.introspect(as_=caller).json["active"] is True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_server_ends_with_its_workers(running_server: Callable[..., RunningServer]) -> None:
    server = running_server(workers=2)
    assert len(alive(server.pid)) > 2
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    deadline = time.monotonic() + 10
    while alive(server.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert alive(server.pid) == []


def alive(group: int) -> list[str]:
    """Ids of the processes of this group, but those that only wait for their parent to take notice."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, process_group = path.read_text().rpartition(") ")[2].split()[:3]
            if int(process_group) == group and state != "Z":
                found.append(path.parent.name)
    return found
