"""`authserver grants` (decision 15: revoking a grant ends all its tokens)."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.cli.conftest import Cli
from tests.factories import make_client, make_user
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def pair(app: Flask, house: "House") -> list[RelyingParty]:
    """Two clients of one user, each with a grant."""
    user, password = make_user(house)
    parties = []
    for _ in range(2):
        client, secret = make_client(house, scope="openid read:realms")
        rp = RelyingParty(app.test_client(), client, secret)
        rp.sign_in(user, password).authorize(prompt="consent", login_hint=user.username).consent().redeem()
        parties.append(rp)
    return parties


def active(parties: list[RelyingParty]) -> list[bool]:
    return [rp.introspect().json["active"] for rp in parties]


def owner_of(parties: list[RelyingParty]) -> str:
    return str(parties[0].sent["login_hint"])


def test_one_grant_by_its_id(cli: Cli, pair: list[RelyingParty]) -> None:
    (grant,) = cli("grants", "list", "--client", pair[0].client.client_id, "-o", "json").json

    assert cli("grants", "revoke", grant["id"], "-o", "json").json == {"revoked": 1}

    assert active(pair) == [False, True]
    assert cli("grants", "revoke", grant["id"], "-o", "json").json == {"revoked": 0}
    assert cli("grants", "revoke", "g_absent").code == 3
    assert cli("grants", "list", "--client", pair[0].client.client_id, "-o", "json").json == []
    (revoked,) = cli("grants", "list", "--client", pair[0].client.client_id, "--all", "-o", "json").json
    assert revoked["revoked_because"] == "operator"


def test_all_grants_of_a_user_to_a_client(cli: Cli, pair: list[RelyingParty]) -> None:
    user = owner_of(pair)

    assert len(cli("grants", "list", "--user", user, "-o", "json").json) == 2
    both = ("grants", "revoke", "--user", user, "--client", pair[1].client.client_id, "-o", "json")
    assert cli(*both).json == {"revoked": 1}
    assert active(pair) == [True, False]
    assert cli("grants", "revoke", "--user", user, "-o", "json").json == {"revoked": 1}
    assert active(pair) == [False, False]
    assert cli("grants", "revoke", "--user", "nobody-at-all").code == 3
    assert cli("grants", "revoke", "--client", "no-such-client").code == 3
