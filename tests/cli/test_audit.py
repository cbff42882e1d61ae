"""`authserver audit`."""

from typing import TYPE_CHECKING

import pytest
import time_machine

from authserver.audit import trail
from tests.cli.conftest import Cli
from tests.factories import make_user

if TYPE_CHECKING:
    from authserver.composition import House

DAY = 86400


def test_audit_export_pages_through_everything(
    own_cli: Cli, monkeypatch: pytest.MonkeyPatch, frozen: time_machine.Traveller
) -> None:
    monkeypatch.setattr(trail, "PART", 2)
    names = [f"s:{number}" for number in range(5)]
    for name in names:
        own_cli("scopes", "add", name)

    exported = own_cli("audit", "export", "-o", "json").json
    frozen.shift(3 * DAY)
    own_cli("scopes", "add", "s:late")

    assert sorted(event["details"]["scope"] for event in exported) == names
    assert len(own_cli("audit", "export", "-o", "jsonl").out.splitlines()) == 6
    assert [e["details"]["scope"] for e in own_cli("audit", "export", "--since", "24h", "-o", "json").json] == [
        "s:late"
    ]
    assert [e["details"]["scope"] for e in own_cli("audit", "tail", "-n", "1", "-o", "json").json] == ["s:late"]


def test_AD7_tail_of_one_account_without_any_secret(cli: Cli, house: "House") -> None:
    user, _ = make_user(house)
    key = cli("api-keys", "create", "--user", user.email, "--name", "CI", "--scope", "read:realms", "-o", "json").json
    cli("api-keys", "revoke", key["id"])

    told = cli("audit", "tail", "--user", user.username, "-o", "json")

    assert sorted((event["tag"], event["actor"]) for event in told.json) == [
        ("api_key.created", "cli"),
        ("api_key.revoked", "cli"),
    ]
    assert key["key"] not in told.out
