"""kill -9 in the middle of redemptions and refreshes (FT1): what was acknowledged lasts, nothing is spent twice.

AUTHSERVER_TEST_KILLS=50 is the full run; CI kills fewer times.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from tests.databases import fresh_database
from tests.factories import make_client, make_resource_server, make_user
from tests.processes import RunningServer, running
from tests.relying_party import RelyingParty, Remote

KILLS = int(os.environ.get("AUTHSERVER_TEST_KILLS", "4"))
THREADS = 6
SCOPE = "openid offline_access read:realms"


@dataclass
class Ledger:
    """What one client knows: acknowledged answers, and the value it was about to use when the server died."""

    codes: list[tuple[str, str]] = field(default_factory=list)  # code and verifier, still to be redeemed
    redeemed: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    in_doubt: tuple[str, str] | None = None
    refresh_token: str = ""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with fresh_database(tmp_path) as url:
        yield url


def test_FT1_an_acknowledged_code_lasts_and_no_code_is_spent_twice(
    tmp_path: Path, database: str, app_with: Any, keys_dir: Path
) -> None:
    crash = Crash(tmp_path, database, app_with(database_url=database), keys_dir)
    for _ in range(KILLS):
        ledgers = crash.prepare_codes(8)
        crash.kill_during(lambda party, ledger: redeem_all(party, ledger), ledgers)
        with crash.server() as server:
            for ledger in ledgers:
                crash.check_codes(server, ledger)


def test_FT1_a_refresh_family_outlives_the_crash(tmp_path: Path, database: str, app_with: Any, keys_dir: Path) -> None:
    crash = Crash(tmp_path, database, app_with(database_url=database), keys_dir)
    ledgers = crash.prepare_refresh()
    for _ in range(KILLS):
        crash.kill_during(lambda party, ledger: refresh_forever(party, ledger), ledgers)
        with crash.server() as server:
            for ledger in ledgers:
                answer = crash.party(server).refresh(refresh_token=ledger.refresh_token)
                # Lost or not, the last value that the client knows brings it forward (the grace is idempotent).
                assert answer.status_code == 200, (ledger, answer.text)
                ledger.refresh_token = answer.json["refresh_token"]


def redeem_all(party: RelyingParty, ledger: Ledger) -> None:
    while ledger.codes:
        code, verifier = ledger.in_doubt = ledger.codes.pop()
        answer = party.redeem(code=code, code_verifier=verifier, redirect_uri=party.client.redirect_uris[0])
        assert answer.status_code == 200, answer.text
        ledger.redeemed.append((code, verifier, answer.json))
        ledger.in_doubt = None


def refresh_forever(party: RelyingParty, ledger: Ledger) -> None:
    while True:
        answer = party.refresh(refresh_token=ledger.refresh_token)
        assert answer.status_code == 200, answer.text
        ledger.refresh_token = answer.json["refresh_token"]


class Crash:
    """A server that is started, killed and started again on one database."""

    def __init__(self, directory: Path, database: str, app: Flask, keys_dir: Path) -> None:
        self.directory, self.database, self.keys_dir = directory, database, keys_dir
        house = app.extensions["authserver.house"]
        self.user, self.password = make_user(house)
        self.client, self.secret = make_client(house, trusted=True, access_token_format="opaque")
        self.asker = make_resource_server(house)

    def server(self) -> Any:
        env = {"AUTHSERVER_REFRESH_GRACE": "30", "AUTHSERVER_CODE_TTL": "600"}
        return running(self.directory, workers=2, env=env, database=self.database, keys_dir=self.keys_dir)

    def party(self, server: RunningServer) -> RelyingParty:
        return RelyingParty(Remote(server.url), self.client, self.secret)

    def prepare_codes(self, count: int) -> list[Ledger]:
        with self.server() as server:
            party = self.party(server).sign_in(self.user, self.password)
            ledgers = [Ledger() for _ in range(THREADS)]
            for ledger in ledgers:
                for _ in range(count):
                    code = party.authorize(scope=SCOPE).code
                    ledger.codes.append((code, party.verifier))
        return ledgers

    def prepare_refresh(self) -> list[Ledger]:
        with self.server() as server:
            party = self.party(server).sign_in(self.user, self.password)
            tokens = [party.authorize(scope=SCOPE).redeem().json["refresh_token"] for _ in range(THREADS)]
        return [Ledger(refresh_token=token) for token in tokens]

    def kill_during(self, work: Any, ledgers: list[Ledger]) -> None:
        """Let every ledger work in a thread, and kill the whole process group in the middle of it."""
        failures: list[BaseException] = []

        def run(server: RunningServer, ledger: Ledger) -> None:
            try:
                work(self.party(server), ledger)
            except requests.RequestException:
                pass  # the server is gone
            except BaseException as error:
                failures.append(error)

        with self.server() as server:
            threads = [threading.Thread(target=run, args=(server, ledger)) for ledger in ledgers]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0.02, 0.25))
            os.killpg(server.pid, signal.SIGKILL)
            for thread in threads:
                thread.join(60)
        assert not failures, failures

    def check_codes(self, server: RunningServer, ledger: Ledger) -> None:
        party = self.party(server)
        for code, verifier, tokens in ledger.redeemed:
            assert party.introspect(tokens["access_token"], as_=self.asker).json["active"] is True
            assert party.refresh(refresh_token=tokens["refresh_token"]).status_code == 200
            again = party.redeem(code=code, code_verifier=verifier, redirect_uri=self.client.redirect_uris[0])
            assert (again.status_code, again.error) == (400, "invalid_grant"), "spent twice"
        if ledger.in_doubt is not None:
            code, verifier = ledger.in_doubt
            first = party.redeem(code=code, code_verifier=verifier, redirect_uri=self.client.redirect_uris[0])
            assert first.status_code == 200 or first.error == "invalid_grant"  # usable, or spent: never both
            second = party.redeem(code=code, code_verifier=verifier, redirect_uri=self.client.redirect_uris[0])
            assert (second.status_code, second.error) == (400, "invalid_grant")
