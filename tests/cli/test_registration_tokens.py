"""`authserver registration-tokens` (decision 40)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests import state
from tests.cli.conftest import Cli
from tests.factories import make_user
from tests.rfc.registrations import Registrar, stored

if TYPE_CHECKING:
    from authserver.composition import House


def test_made_token_registers_a_client_of_its_owner(cli: Cli, house: "House", app_with: Callable[..., Flask]) -> None:
    owner, _ = make_user(house)
    app = app_with(registration="token")

    made = cli("registration-tokens", "create", "--owner", owner.username, "--note", "CI", "-o", "json").json

    assert {"uses": 1, "used": 0, "state": "good", "owner": owner.id, "note": "CI", "expires_at": None}.items() <= (
        made.items()
    )
    assert made["hint"] == made["token"][-4:]
    document = Registrar(app.test_client()).registered(made["token"])
    assert stored(app, document["client_id"]).owner_id == owner.id  # type: ignore[union-attr]
    (listed,) = [row for row in cli("registration-tokens", "list", "-o", "json").json if row["id"] == made["id"]]
    assert (listed["state"], listed["used"]) == ("used up", 1)
    assert "token" not in listed
    assert made["token"] not in repr(state.of(house.database))


def test_revoked_token_is_good_for_nothing(cli: Cli, app_with: Callable[..., Flask]) -> None:
    registrar = Registrar(app_with(registration="token").test_client())
    made = cli("registration-tokens", "create", "--uses", "0", "--expires", "90d", "-o", "json").json
    assert made["uses"] is None
    assert abs(made["expires_at"] - made["created_at"] - 90 * 86400) <= 1  # a second may begin between the two
    registrar.registered(made["token"])
    registrar.registered(made["token"])

    assert cli("registration-tokens", "revoke", made["id"], "-o", "json").json == {"id": made["id"], "revoked": True}

    assert registrar.register(made["token"]).status_code == 401
    again = cli("registration-tokens", "revoke", made["id"])
    assert (again.code, "before" in again.err) == (0, True)
    assert cli("registration-tokens", "revoke", "rit_absent").code == 3


def test_operator_is_told_that_registration_is_closed(cli: Cli) -> None:
    assert "AUTHSERVER_REGISTRATION" in cli("registration-tokens", "create").err


@pytest.mark.parametrize("wrong", [["--uses", "-1"], ["--expires", "soon"], ["--note", "a\nb"], ["--note", "x" * 201]])
def test_options_that_mean_nothing(cli: Cli, wrong: list[str]) -> None:
    assert cli("registration-tokens", "create", *wrong).code == 2
