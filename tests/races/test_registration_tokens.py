"""A one-use initial access token under 16 parallel registrations on 4 worker processes (RFC 7591 section 3)."""

import json
import os
from collections.abc import Callable

from flask import Flask

from tests.processes import RunningServer
from tests.races.stampede import stampede
from tests.rfc.registrations import WEB, initial_token

ROUNDS = int(os.environ.get("AUTHSERVER_TEST_ROUNDS", "12"))
PARALLEL = 16


def test_initial_access_token_has_one_winner(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=4, env={"AUTHSERVER_REGISTRATION": "token"})
    app = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    for _ in range(ROUNDS):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {initial_token(app)}"}
        hits = stampede(server.url, [("/register", json.dumps(WEB), headers)] * PARALLEL)
        assert sorted(hit.status for hit in hits) == [201] + [401] * (PARALLEL - 1), hits
        assert {hit.error for hit in hits if hit.status != 201} == {"invalid_token"}
