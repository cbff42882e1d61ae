"""One request_uri brought by 16 at the same moment, on 4 worker processes: one of them goes on (PR4)."""

import http.client
import threading
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.factories import make_client, make_user
from tests.processes import RunningServer
from tests.races.test_one_winner import PARALLEL, ROUNDS, WORKERS
from tests.relying_party import RelyingParty, Remote, encoded


class Door:
    """A running server, an application of our own that pushes, and its signed-in user."""

    def __init__(self, server: RunningServer, app: Flask) -> None:
        house = app.extensions["authserver.house"]
        user, password = make_user(house)
        client, secret = make_client(house, trusted=True, require_pushed_authorization_requests=True)
        self.url = server.url
        self.party = RelyingParty(Remote(server.url), client, secret)
        self.party.sign_in(user, password)

    @property
    def cookies(self) -> dict[str, str]:
        kept = self.party.transport._session.cookies  # type: ignore[attr-defined]
        return {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in kept)}

    def all_at_once(self, headers: Mapping[str, str]) -> list[tuple[int, str]]:
        """Status and Location of each."""
        pushed = self.party.push()
        assert pushed.status_code == 201, pushed.text
        query = encoded({"client_id": self.party.client.client_id, "request_uri": pushed.json["request_uri"]})
        barrier, found = threading.Barrier(PARALLEL), list[tuple[int, str]]()

        def visit() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.url).port or 80, timeout=30)
            connection.connect()
            barrier.wait(30)
            connection.request("GET", f"/authorize?{query}", headers=dict(headers))
            answer = connection.getresponse()
            answer.read()
            found.append((answer.status, answer.headers.get("Location") or ""))
            connection.close()

        threads = [threading.Thread(target=visit) for _ in range(PARALLEL)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(found) == PARALLEL, "a request got no answer"
        return found


@pytest.fixture
def door(running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]) -> Door:
    server = running_server(workers=WORKERS)
    return Door(server, app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url))


def test_PR4_of_16_browsers_one_claims_it(door: Door) -> None:
    for _ in range(ROUNDS):
        answers = door.all_at_once({})
        assert sorted(status for status, _ in answers) == [303] + [400] * (PARALLEL - 1), answers
        (begun,) = [location for _, location in answers if location]
        assert begun.startswith("/login?req=")


def test_PR4_of_16_tabs_of_one_browser_one_gets_the_code(door: Door) -> None:
    for _ in range(ROUNDS):
        answers = door.all_at_once(door.cookies)
        assert {status for status, _ in answers} == {303, 400}, answers
        (location,) = [location for _, location in answers if location]
        (code,) = parse_qs(urlsplit(location).query)["code"]
        assert door.party.redeem(code=code).status_code == 200
