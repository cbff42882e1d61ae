"""Use of keys across real worker processes: every request is counted, also those just before the end."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests
from flask import Flask

from authserver.models import api_keys, key_usage
from tests.factories import make_api_key, make_resource_server, make_user, within
from tests.processes import RunningServer

REQUESTS = 200


def test_AK10_what_workers_have_noted_is_written_when_they_end(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=2)
    beside = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    house = beside.extensions["authserver.house"]
    row, key = make_api_key(house, make_user(house)[0])
    api, secret = make_resource_server(house)

    def ask(_: int) -> bool:
        body = {"token": key, "ip": "203.0.113.7"}
        answer = requests.post(f"{server.url}/introspect", data=body, auth=(api.client_id, secret), timeout=30)
        good: bool = answer.json()["active"]
        return good

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(REQUESTS)))
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    with within(house):
        found, hours = api_keys.find(row.id), key_usage.of([row.id], since=0)
    assert found is not None
    assert (found.last_used_from, found.last_used_by) == ("203.0.113.7", api.client_id)
    assert sum(hour.requests for hour in hours) == REQUESTS
