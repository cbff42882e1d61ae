"""One-time things under 16 parallel uses on 4 worker processes: one winner, no 5xx (CR2, RF2, RF3, DV4, RV5, IN10).

AUTHSERVER_TEST_ROUNDS=200 is the full run; CI does fewer rounds of the same test.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from authserver.models import api_keys
from authserver.oauth.device import GRANT_TYPE as DEVICE_CODE
from tests.factories import make_api_key, make_client, make_resource_server, make_user, within
from tests.processes import RunningServer
from tests.races.stampede import Hit, stampede
from tests.relying_party import FORM, RelyingParty, Remote, authentication, encoded

ROUNDS = int(os.environ.get("AUTHSERVER_TEST_ROUNDS", "12"))
PARALLEL = 16
WORKERS = 4


class Arena:
    """A running server, a trusted application with a signed-in user, and a resource server that asks."""

    def __init__(self, server: RunningServer, app: Flask) -> None:
        self.server, self.house = server, app.extensions["authserver.house"]
        self.user, password = make_user(self.house)
        grants = ["authorization_code", "refresh_token", DEVICE_CODE]
        client, secret = make_client(self.house, trusted=True, access_token_format="opaque", grant_types=grants)
        self.asker = make_resource_server(self.house)
        self.party = RelyingParty(Remote(server.url), client, secret)
        self.party.sign_in(self.user, password)

    def code(self) -> str:
        return self.party.authorize(scope="openid offline_access read:realms").code

    def all_at_once(self, path: str, **parameters: str) -> list[Hit]:
        _, headers = authentication(self.party.client, self.party.secret)
        request = (path, encoded(parameters), {"Content-Type": FORM, **headers})
        hits = stampede(self.server.url, [request] * PARALLEL)
        assert not [hit for hit in hits if hit.status >= 500], hits
        return hits

    def redeem_all_at_once(self) -> list[Hit]:
        uri = self.party.client.redirect_uris[0]
        return self.all_at_once(
            "/token",
            grant_type="authorization_code",
            code=self.code(),
            redirect_uri=uri,
            code_verifier=self.party.verifier,
        )

    def refresh_all_at_once(self) -> list[Hit]:
        token = self.party.authorize(scope="openid offline_access read:realms").redeem().json["refresh_token"]
        return self.all_at_once("/token", grant_type="refresh_token", refresh_token=token)

    def poll_all_at_once(self) -> list[Hit]:
        codes = self.party.post("/device_authorization", {"scope": "openid offline_access read:realms"}).json
        self.party._browse("GET", f"/device?user_code={codes['user_code']}")
        self.party._submit("/device", {"decision": "allow"})
        return self.all_at_once("/token", grant_type=DEVICE_CODE, device_code=codes["device_code"])

    def active(self, token: str) -> bool:
        answer: dict[str, Any] = self.party.introspect(token, as_=self.asker).json
        return bool(answer["active"])


@pytest.fixture
def arena(
    running_server: Callable[..., RunningServer], app_with: Callable[..., Flask], request: pytest.FixtureRequest
) -> Arena:
    grace = getattr(request, "param", "10")
    server = running_server(workers=WORKERS, env={"AUTHSERVER_REFRESH_GRACE": grace})
    app = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    return Arena(server, app)


def test_CR2_a_code_has_one_winner_and_its_replay_ends_the_grant(arena: Arena) -> None:
    for _ in range(ROUNDS):
        hits = arena.redeem_all_at_once()
        winners = [hit for hit in hits if hit.status == 200]
        losers = [hit for hit in hits if hit.status != 200]
        assert len(winners) == 1, hits
        assert {(hit.status, hit.error) for hit in losers} == {(400, "invalid_grant")}
        assert not arena.active(winners[0].document["access_token"]), "a replayed code leaves its tokens alive (CR1)"
        refreshed = arena.party.refresh(refresh_token=winners[0].document["refresh_token"])
        assert (refreshed.status_code, refreshed.error) == (400, "invalid_grant")


@pytest.mark.parametrize("arena", ["0"], indirect=True)
def test_RF2_without_grace_a_refresh_token_has_one_winner_and_the_family_ends(arena: Arena) -> None:
    for _ in range(ROUNDS):
        hits = arena.refresh_all_at_once()
        winners = [hit for hit in hits if hit.status == 200]
        assert len(winners) == 1, hits
        assert {(hit.status, hit.error) for hit in hits if hit.status != 200} == {(400, "invalid_grant")}
        assert not arena.active(winners[0].document["access_token"])


@pytest.mark.parametrize("arena", ["10"], indirect=True)
def test_RF3_within_the_grace_all_get_the_one_successor(arena: Arena) -> None:
    for _ in range(ROUNDS):
        hits = arena.refresh_all_at_once()
        assert [hit.status for hit in hits] == [200] * PARALLEL, hits
        assert len({hit.document["refresh_token"] for hit in hits}) == 1
        assert all(arena.active(hit.document["access_token"]) for hit in hits[:3])
        following = arena.party.refresh(refresh_token=hits[0].document["refresh_token"])
        assert following.status_code == 200


def test_DV4_a_device_code_has_one_winner_and_its_tokens_stay(arena: Arena) -> None:
    for _ in range(ROUNDS):
        hits = arena.poll_all_at_once()
        winners = [hit for hit in hits if hit.status == 200]
        assert len(winners) == 1, hits
        assert {(hit.status, hit.error) for hit in hits if hit.status != 200} == {(400, "invalid_grant")}
        assert arena.active(winners[0].document["access_token"])
        assert arena.party.refresh(refresh_token=winners[0].document["refresh_token"]).status_code == 200


def test_RV5_a_token_can_be_revoked_by_many_at_once(arena: Arena) -> None:
    for _ in range(max(1, ROUNDS // 4)):
        tokens = arena.party.authorize(scope="openid offline_access read:realms").redeem().json
        assert {hit.status for hit in arena.all_at_once("/revoke", token=tokens["refresh_token"])} == {200}
        assert not arena.active(tokens["access_token"])


def test_IN10_a_revoked_token_is_dead_on_every_worker_at_the_next_request(arena: Arena) -> None:
    _, headers = authentication(*arena.asker)
    for _ in range(ROUNDS):
        token = arena.party.authorize(scope="read:realms").redeem().json["access_token"]
        assert arena.active(token)
        assert arena.party.revoke(token).status_code == 200
        request = ("/introspect", encoded({"token": token}), {"Content-Type": FORM, **headers})
        hits = stampede(arena.server.url, [request] * PARALLEL)
        assert [hit.document for hit in hits] == [{"active": False}] * PARALLEL


def test_AK5_a_revoked_key_is_dead_on_every_worker_at_the_next_request(arena: Arena) -> None:
    _, headers = authentication(*arena.asker)
    for _ in range(ROUNDS):
        row, key = make_api_key(arena.house, arena.user)
        request = ("/introspect", encoded({"token": key}), {"Content-Type": FORM, **headers})
        assert all(hit.document["active"] for hit in stampede(arena.server.url, [request] * PARALLEL))
        with within(arena.house):  # in this process, which is none of the workers
            assert api_keys.revoke(row.id, by=arena.user.id, because="test")
        hits = stampede(arena.server.url, [request] * PARALLEL)
        assert [hit.document for hit in hits] == [{"active": False}] * PARALLEL
