"""`authserver tiers` and `users set-tier`: limits are data, and a change counts at once (RL7)."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories import make_api_key, make_resource_server, make_user, unique
from tests.processes import command, environment
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from authserver.composition import House


class Operator:
    """The command line on the database of the suite."""

    def __init__(self, house: "House") -> None:
        settings = house.settings
        self.environ = environment(settings.data_dir, database=settings.database_url, keys_dir=settings.keys_dir)

    def __call__(self, *words: str) -> Any:
        return json.loads(command(*words, "-o", "json", environ=self.environ).stdout)


@pytest.fixture
def operator(house: "House") -> Operator:
    return Operator(house)


def test_RL7_a_tier_and_its_change_count_at_the_next_request(
    house: "House", http: "FlaskClient", operator: Operator
) -> None:
    user, _ = make_user(house)
    _, key = make_api_key(house, user)
    party = RelyingParty(http, *make_resource_server(house))
    assert party.introspect(key).json["rate_limit"]["limit"] == 1000
    tier = unique("tier")
    assert operator("tiers", "set", tier, "--limit", "7", "--window", "60") == {"name": tier, "limit": 7, "window": 60}
    operator("users", "set-tier", user.username, tier)
    assert party.introspect(key, cost="7").json["rate_limit"]["remaining"] == 0
    operator("tiers", "set", tier, "--limit", "9")
    answer = party.introspect(key).json
    assert answer["tier"] == tier
    found = answer["rate_limit"]
    assert (found["limit"], found["window"], found["remaining"], found["exceeded"]) == (9, 60, 2, False)
    assert {"anonymous", "standard", "premium", tier} <= {known["name"] for known in operator("tiers", "list")}


def test_an_unknown_tier_is_exit_3_and_changes_nothing(house: "House", operator: Operator) -> None:
    user, _ = make_user(house)
    done = command("users", "set-tier", user.username, "gold", environ=operator.environ, check=False)
    assert done.returncode == 3
