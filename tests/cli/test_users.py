"""`authserver users`."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.models import audit_events, outbox
from authserver.models.unit_of_work import unit_of_work
from tests.cli.conftest import Cli
from tests.factories import PASSWORD, make_client, make_user, unique
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House


def create(cli: Cli, username: str, *more: str, password: str = PASSWORD) -> object:
    person = ("--email", f"{username}@people.test", "--username", username, "--name", "Ada Lovelace")
    return cli("users", "create", *person, "--password-stdin", "-o", "json", *more, stdin=f"{password}\n").json


def signed_in(app: Flask, house: "House", username: str, password: str) -> bool:
    client, secret = make_client(house)
    rp = RelyingParty(app.test_client(), client, secret)
    rp.sign_in(type("Somebody", (), {"username": username})(), password)
    assert rp.reply is not None
    return rp.at != "/login"


def test_contract_created_user_can_sign_in(cli: Cli, app: Flask, house: "House") -> None:
    username = unique("ada")

    user = create(cli, username, "--admin", "--tier", "premium")

    expected = {"username": username, "email": f"{username}@people.test", "admin": True, "tier": "premium"}
    assert expected.items() <= user.items()  # type: ignore[attr-defined]
    assert not [name for name in user if "password" in name]  # type: ignore[attr-defined]
    assert signed_in(app, house, username, PASSWORD)
    assert not signed_in(app, house, username, "another password")


def test_user_without_password_cannot_sign_in_with_an_empty_one(cli: Cli, app: Flask, house: "House") -> None:
    username = unique("ada")

    assert cli("users", "create", "--email", f"{username}@people.test", "--username", username).code == 0

    assert not signed_in(app, house, username, "")


@pytest.mark.parametrize(
    ("options", "stdin", "said"),
    [
        (["--email", "no-address", "--username", "ada"], "a quiet harbour", "not an e-mail"),
        (["--email", "a@people.test", "--username", "a b"], "a quiet harbour", "user name"),
        (["--email", "a@people.test", "--username", "ada"], "short", "too short"),
        (["--email", "a@people.test", "--username", "ada"], b"\xff\xfe bytes", "not UTF-8"),
        (["--email", "a@people.test", "--username", "ada"], b"x" * 1_100_000, "too large"),
    ],
)
def test_LG9_refused_input_changes_nothing(
    options: list[str], stdin: str | bytes, said: str, cli: Cli, row_counts: object
) -> None:
    before = row_counts()  # type: ignore[operator]

    done = cli("users", "create", *options, "--password-stdin", stdin=stdin)

    assert done.code == 1
    assert said in done.err
    assert row_counts() == before  # type: ignore[operator]


def test_taken_names_are_a_conflict(cli: Cli, house: "House") -> None:
    user, _ = make_user(house)

    assert cli("users", "create", "--email", user.email.upper(), "--username", unique("x")).code == 5
    assert cli("users", "create", "--email", f"{unique('x')}@people.test", "--username", user.username).code == 5


def test_decision_42_disable_and_enable_by_either_name(cli: Cli, app: Flask, house: "House") -> None:
    user, password = make_user(house)

    assert cli("users", "disable", user.email, "-o", "json").json["disabled"] is True
    assert not signed_in(app, house, user.username, password)
    assert cli("users", "disable", user.username).code == 0
    assert cli("users", "enable", user.username, "-o", "json").json["disabled"] is False
    assert signed_in(app, house, user.username, password)


def test_RF8_new_password_ends_sessions_and_leaves_the_mail_to_the_server(cli: Cli, app: Flask, house: "House") -> None:
    user, password = make_user(house)
    browser = RelyingParty(app.test_client(), make_client(house)[0])
    browser.sign_in(user, password)
    assert browser.transport.send("GET", "/account/profile", body=None, headers={}).status_code == 200

    done = cli("users", "set-password", user.username, "--password-stdin", "-o", "json", stdin="a new quiet harbour\n")

    assert done.code == 0
    assert browser.transport.send("GET", "/account/profile", body=None, headers={}).status_code != 200
    assert signed_in(app, house, user.username, "a new quiet harbour")
    with unit_of_work(house.database) as unit:
        waiting = [mail for mail in outbox.claim(lease=1, limit=1000) if mail.recipient == user.email]
        unit.rollback()
    assert [mail.body != "" for mail in waiting] == [True]


def test_set_tier(cli: Cli, house: "House") -> None:
    user, _ = make_user(house)

    assert cli("users", "set-tier", user.email, "premium", "-o", "json").json["tier"] == "premium"
    assert cli("users", "set-tier", user.email, "platinum").code == 3
    assert cli("users", "set-tier", "nobody-at-all", "premium").code == 3


def test_list_and_audit_name_the_operator(cli: Cli, house: "House") -> None:
    username = unique("ada")
    user = create(cli, username)

    listed = cli("users", "list", "-o", "jsonl").out.splitlines()
    with unit_of_work(house.database):
        events = audit_events.latest(limit=5, user_id=user["id"])  # type: ignore[index]

    assert any(f'"username": "{username}"' in line for line in listed)
    assert [(event.tag, event.actor) for event in events] == [("user.created", "cli")]
