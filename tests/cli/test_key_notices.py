"""What owners of API keys are told by mail: once a week before the end, and when somebody else ends a key."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask.testing import FlaskClient

from authserver.models import grants, key_usage, outbox
from authserver.models.unit_of_work import read
from authserver.models.users import User
from authserver.oauth import api_keys
from tests.cli.conftest import Cli
from tests.factories import make_api_key, make_client, make_resource_server, make_user, within
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

DAY = 86400
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


def mails(house: "House", user: User) -> list[str]:
    with within(house):
        rows = read().execute(outbox.outbox.select().where(outbox.outbox.c.recipient == user.email)).all()
    return [f"{row.subject}\n{row.body}" for row in rows]


def test_purge_tells_once_a_week_before_the_end(
    cli: Cli, house: "House", owner: User, frozen: time_machine.Traveller
) -> None:
    row, key = make_api_key(house, owner, name="nightly", expires_in=30 * DAY)
    make_api_key(house, owner, name="endless")
    frozen.shift(23 * DAY - 1)
    cli("purge")
    assert mails(house, owner) == []
    frozen.shift(1)
    assert cli("purge", "-o", "json").json["told_of_ending_keys"] >= 1
    (mail,) = mails(house, owner)
    assert f"nightly ({row.hint})" in mail
    assert "stops working on" in mail
    assert f"{house.settings.issuer}/settings/api-keys/{row.id}" in mail
    assert key not in mail
    for _ in range(3):
        frozen.shift(DAY)
        cli("purge")
    assert len(mails(house, owner)) == 1


def test_who_knows_already_is_not_told(cli: Cli, house: "House", owner: User, frozen: time_machine.Traveller) -> None:
    """A key made for a day, one that was rotated, one that is revoked, one that is over, one of a disabled account."""
    make_api_key(house, owner, expires_in=DAY)
    rotated, _ = make_api_key(house, owner, expires_in=30 * DAY)
    revoked, _ = make_api_key(house, owner, expires_in=30 * DAY)
    make_api_key(house, owner, expires_in=20 * DAY)
    gone, _ = make_user(house)
    make_api_key(house, gone, expires_in=30 * DAY)
    frozen.shift(25 * DAY)
    with within(house):
        api_keys.rotate(rotated, overlap=3 * DAY, actor=owner.id)
        api_keys.revoke(revoked, actor=owner.id, because="owner")
    cli("users", "disable", gone.username)
    cli("purge")
    assert mails(house, owner) == []
    assert mails(house, gone) == []


@pytest.mark.parametrize("verb", ["api-keys", "tokens"])
def test_an_operator_who_revokes_tells_the_owner_once(cli: Cli, house: "House", owner: User, verb: str) -> None:
    row, key = make_api_key(house, owner, name="nightly")
    for _ in range(2):
        done = cli("api-keys", "revoke", row.id) if verb == "api-keys" else cli("tokens", "revoke", "-", stdin=key)
        assert done.code == 0
    (mail,) = mails(house, owner)
    assert "was revoked" in mail
    assert f"nightly ({row.hint})" in mail
    assert key not in mail


def test_an_operator_who_rotates_tells_the_owner(cli: Cli, house: "House", owner: User) -> None:
    row, _ = make_api_key(house, owner)
    new = cli("api-keys", "rotate", row.id, "-o", "json").json["key"]
    (mail,) = mails(house, owner)
    assert "was replaced" in mail
    assert new not in mail


def test_the_list_tells_the_last_use(cli: Cli, house: "House", owner: User, frozen: time_machine.Traveller) -> None:
    row, _ = make_api_key(house, owner)
    house.server.usage.note(row.id, address="203.0.113.7", client_id="some-api")
    house.server.usage.flush()
    (listed,) = cli("api-keys", "list", "--user", owner.username, "-o", "json").json
    assert (listed["last_used_from"], listed["last_used_by"]) == ("203.0.113.7", "some-api")
    assert listed["last_used_at"] == listed["created_at"]


def test_purge_forgets_use_after_90_days_and_exchanges_after_one(
    cli: Cli, house: "House", http: FlaskClient, owner: User, frozen: time_machine.Traveller
) -> None:
    row, key = make_api_key(house, owner)
    agent = RelyingParty(http, *make_client(house, type="machine", grant_types=[EXCHANGE]))
    agent.token(
        grant_type=EXCHANGE, subject_token=key, resource=make_resource_server(house)[0].audience,
        subject_token_type="urn:realmkit:params:oauth:token-type:api-key",
    )  # fmt: skip
    house.server.usage.flush()

    def known() -> tuple[int, int]:
        with within(house):
            return len(key_usage.of([row.id], since=0)), len(grants.every(user_id=owner.id))

    cli("purge")
    assert known() == (1, 1)
    frozen.shift(2 * DAY)
    cli("purge")
    assert known() == (1, 0)
    frozen.shift(90 * DAY)
    cli("purge")
    assert known() == (0, 0)
