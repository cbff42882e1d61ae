"""Verbs by which the command line does what the pages of administrators do."""

from typing import TYPE_CHECKING

import pytest

from authserver.models import outbox, users
from authserver.models.unit_of_work import read
from tests.cli.conftest import Cli
from tests.factories import make_api_key, make_client, make_user, unique, within

if TYPE_CHECKING:
    from authserver.composition import House


def test_show_counts_what_an_account_holds(cli: Cli, house: "House") -> None:
    user, _ = make_user(house, tier="premium")
    make_api_key(house, user)
    _, key = make_api_key(house, user)
    assert cli("tokens", "revoke", stdin=key).code == 0
    shown = cli("users", "show", user.email, "-o", "json").json
    assert (shown["tier"], shown["sessions"], shown["api_keys"], shown["applications"]) == ("premium", 0, 1, 0)
    assert cli("users", "show", "nobody-at-all").code == 3


def test_users_and_clients_are_searched(cli: Cli, house: "House") -> None:
    mark = unique("zeta")
    user, _ = make_user(house, name=f"Ada {mark}")
    client, _ = make_client(house, client_name=f"Album {mark}")
    assert [row["id"] for row in cli("users", "list", "--search", mark.upper(), "-o", "json").json] == [user.id]
    found = cli("clients", "list", "--search", mark, "-o", "json").json
    assert [row["client_id"] for row in found] == [client.client_id]
    assert cli("users", "list", "--search", "' OR 1=1--", "-o", "json").json == []


def test_AD5_an_administrator_is_made_and_removed(cli: Cli, house: "House") -> None:
    make_user(house, is_admin=True)  # there is always another
    user, _ = make_user(house)
    assert cli("users", "make-admin", user.username, "-o", "json").json["admin"] is True
    assert "before" in cli("users", "make-admin", user.username).err
    assert cli("users", "remove-admin", user.email, "-o", "json").json["admin"] is False
    assert "no administrator before" in cli("users", "remove-admin", user.email).err


@pytest.mark.parametrize("verb", ["remove-admin", "disable"])
def test_AD5_the_last_administrator_stays(own_cli: Cli, own_house: "House", verb: str) -> None:
    user, _ = make_user(own_house, is_admin=True)
    make_user(own_house)
    done = own_cli("users", verb, user.username)
    assert done.code == 5
    assert "only administrator" in done.err
    with within(own_house):
        assert users.administrators() == 1


def test_a_reset_link_is_left_to_the_server(cli: Cli, house: "House") -> None:
    user, _ = make_user(house)
    told = cli("users", "send-reset", user.username, "-o", "json")
    assert told.json == {"id": user.id, "sent_to": user.email}
    assert "see the log" in told.err
    with within(house):
        rows = read().execute(outbox.outbox.select().where(outbox.outbox.c.recipient == user.email)).all()
    (mail,) = rows
    assert mail.sent_at is None
    assert "/reset/" in mail.body
    assert "/reset/" not in told.out + told.err
    assert cli("users", "disable", user.username).code == 0
    assert cli("users", "send-reset", user.username).code == 5


@pytest.mark.parametrize(
    "flags",
    [
        ["--tag", "nonsense"], ["--user", "nobody-at-all"], ["--since", "yesterday"], ["--until", "2031-02-30"],
        ["--actor", "x" * 300],
    ],
)  # fmt: skip
def test_AD6_what_the_audit_cannot_be_asked(cli: Cli, flags: list[str]) -> None:
    for verb in ("tail", "export"):
        done = cli("audit", verb, *flags)
        assert done.code == 1
        assert flags[0] in done.err
        assert done.out == ""


def test_everything_ends_only_when_it_is_meant(own_cli: Cli, own_house: "House") -> None:
    user, _ = make_user(own_house)
    make_api_key(own_house, user)
    done = own_cli("tokens", "end-all")
    assert done.code == 2
    assert "--yes" in done.err
    assert own_cli("users", "show", user.username, "-o", "json").json["api_keys"] == 1
    told = own_cli("tokens", "end-all", "--yes", "-o", "json").json
    assert told["api_keys"] == 1
    assert own_cli("users", "show", user.username, "-o", "json").json["api_keys"] == 0
