"""`authserver scopes` (decision 30)."""

import pytest
from flask.testing import FlaskClient

from tests.cli.conftest import Cli
from tests.factories import unique


def published(http: FlaskClient) -> list[str]:
    answer = http.get("/.well-known/openid-configuration")
    return answer.json["scopes_supported"]


def test_added_scope_may_be_asked_for_until_it_is_removed(cli: Cli, http: FlaskClient) -> None:
    name = f"read:{unique('maps')}"

    assert cli("scopes", "add", name, "--description", "See your maps", "-o", "json").json["reserved"] is False

    assert name in published(http)
    assert cli("scopes", "add", name, "--description", "Again").code == 5
    (listed,) = [row for row in cli("scopes", "list", "-o", "json").json if row["name"] == name]
    assert {"description": "See your maps", "reserved": False, "keys": 0}.items() <= listed.items()
    assert cli("scopes", "remove", name).code == 0
    assert name not in published(http)
    assert cli("scopes", "remove", name).code == 3


def test_reserved_scope_is_not_published(cli: Cli, http: FlaskClient) -> None:
    name = unique("ops")

    assert cli("scopes", "add", name, "--reserved").code == 0

    assert name not in published(http)
    assert cli("scopes", "remove", name).code == 0


@pytest.mark.parametrize("name", ["two words", 'quo"te', "back\\slash", "", "ünicode", "x" * 101])
def test_RFC6749_s3_3_characters_that_a_scope_may_not_have(name: str, cli: Cli, row_counts: object) -> None:
    before = row_counts()  # type: ignore[operator]

    assert cli("scopes", "add", name).code == 1

    assert row_counts() == before  # type: ignore[operator]


@pytest.mark.parametrize("name", ["openid", "offline_access", "admin", "manage"])
def test_scopes_of_the_server_itself_stay(name: str, cli: Cli) -> None:
    assert cli("scopes", "remove", name).code == 1
