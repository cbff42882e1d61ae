"""The test house itself: what is missing is skipped or, in strict mode, a failure; and a changed state is seen."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask.testing import FlaskClient

from authserver import clock
from authserver.models import api_keys
from tests.databases import on_postgresql
from tests.factories import make_api_key, make_resource_server, make_user, within
from tests.processes import CHECKOUT
from tests.relying_party import RelyingParty
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

MARKED = "tests/backends/test_faults.py::test_FT10_lost_connections_are_made_again_unnoticed"


def outcome(*arguments: str, **variables: str) -> str:
    """The last line of a run of its own, without the servers that this one may have."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AUTHSERVER_", "PYTEST_"))}
    call = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    result = subprocess.run(call, cwd=CHECKOUT, env=environ | variables, capture_output=True, text=True, timeout=60)
    return result.stdout.strip().splitlines()[-1]


def test_without_a_server_a_marked_test_is_skipped() -> None:
    assert outcome(MARKED).startswith("1 skipped")


def test_without_a_server_a_marked_test_fails_in_strict_mode() -> None:
    assert outcome(MARKED, AUTHSERVER_TEST_STRICT="1").startswith("1 error")


def test_suite_runs_on_the_database_that_was_named(house: "House") -> None:
    assert house.database.is_sqlite is not on_postgresql()


def test_reading_leaves_the_state_and_revoking_changes_one_row_and_is_told(
    house: "House", http: FlaskClient, row_counts: Callable[[], State]
) -> None:
    user, _ = make_user(house)
    row, key = make_api_key(house, user)
    party = RelyingParty(http, *make_resource_server(house))
    before = row_counts()
    assert party.introspect(key).json["active"] is True
    assert row_counts() == before
    with within(house):
        assert api_keys.revoke(row.id, by=user.id, because="tests")
    after = row_counts()
    assert after != before
    assert sorted(line[:11] for line in before.difference(after)) == ["+ api_keys ", "+ revocatio", "- api_keys "]
    assert after.counts == {**before.counts, "revocations": before.counts["revocations"] + 1}


@pytest.mark.parametrize("seconds", [0, 3600])
def test_clock_stands_still_and_is_moved(frozen: time_machine.Traveller, seconds: int) -> None:
    began = clock.now()
    frozen.shift(seconds)
    assert clock.now() == began + seconds
