"""One client assertion under 16 parallel uses on 4 worker processes: one winner, no 5xx (CA6).

AUTHSERVER_TEST_ROUNDS=200 is the full run; CI does fewer rounds of the same test.
"""

from collections.abc import Callable

from flask import Flask

from tests.factories import make_key_client
from tests.processes import RunningServer
from tests.races.stampede import stampede
from tests.races.test_one_winner import PARALLEL, ROUNDS, WORKERS
from tests.relying_party import FORM, RelyingParty, Remote, encoded


def test_CA6_an_assertion_has_one_winner_at_all_endpoints_together(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    server = running_server(workers=WORKERS)
    app = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    party = RelyingParty(Remote(server.url), *make_key_client(app.extensions["authserver.house"], type="machine"))
    for round_ in range(ROUNDS):
        proof, _ = party.authentication(party.client, party.secret)
        body = encoded({**proof, "grant_type": "client_credentials", "token": "at_unknown"})
        # Some ask at one endpoint, some at three of them: a proof is good once, wherever it is shown.
        paths = ("/token",) if round_ % 2 else ("/token", "/introspect", "/revoke")
        requests = [(paths[index % len(paths)], body, {"Content-Type": FORM}) for index in range(PARALLEL)]
        hits = stampede(server.url, requests)
        assert [hit.status for hit in hits].count(200) == 1, hits
        assert {(hit.status, hit.error) for hit in hits if hit.status != 200} == {(401, "invalid_client")}
