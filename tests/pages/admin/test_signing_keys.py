"""`/admin/signing-keys`: rotating and retiring (JW11, AD7), on a server of its own."""

import re
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.cli.conftest import Cli
from tests.factories import PASSWORD, make_client, make_resource_server, make_user
from tests.pages.admin.administrators import A_WHILE, Administrator, events
from tests.pages.people import commit
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.keyring.keyring import Keyring

PAGE, ROTATE = "/admin/signing-keys", "/admin/signing-keys/rotate"
WAIT, DAY = 3600, 86400


def keyring_of(at: Administrator) -> "Keyring":
    house: House = at.app.extensions["authserver.house"]
    return house.server.keyring


def states(at: Administrator, alg: str = "ES256") -> dict[str, str]:
    """kid -> state."""
    found = commit(at.app, keyring_of(at).states)
    return {row.kid: state for row, state in found if row.alg == alg}


def published(at: Administrator) -> set[str]:
    return {key["kid"] for key in at.get("/.well-known/jwks.json").json["keys"]}


def row_of(at: Administrator, kid: str) -> str:
    """What the page says about a key, without markup."""
    row = at.get(PAGE).text.partition(f">{kid}</code>")[2].partition("</tr>")[0]
    return " ".join(re.sub("<[^>]+>", " ", row).split())


def token_of(at: Administrator) -> RelyingParty:
    house: House = at.app.extensions["authserver.house"]
    party = RelyingParty(at.app.test_client(), *make_client(house, trusted=True))
    party.sign_in(*make_user(house)).authorize().redeem()
    return party


def test_JW11_rotation_keeps_tokens_alive_and_waits_for_caches(
    alone: Administrator, frozen: time_machine.Traveller
) -> None:
    house: House = alone.app.extensions["authserver.house"]
    ((first, _),) = states(alone).items()
    party, caller = token_of(alone), make_resource_server(house)
    alone.done(ROTATE, alg="ES256")
    (second,) = set(states(alone)) - {first}
    assert states(alone) == {first: "current", second: "next"}
    assert second in published(alone)
    assert len(states(alone, "RS256")) == 1
    assert row_of(alone, first).startswith("Current")
    assert "until" in row_of(alone, first)
    frozen.shift(WAIT + 1)
    alone.sign_in(alone.user, PASSWORD)
    assert states(alone) == {first: "previous", second: "current"}
    assert token_of(alone).introspect(as_=caller).json["active"] is True
    assert party.introspect(as_=caller).status_code == 200
    frozen.shift(DAY + 120)
    alone.sign_in(alone.user, PASSWORD)
    assert first not in published(alone)
    assert row_of(alone, first).startswith("Previous")


def test_AD7_rotation_is_one_event_a_key_and_the_same_on_the_command_line(alone: Administrator, own_cli: Cli) -> None:
    alone.done(ROTATE)
    here = [(event.tag, event.details["alg"], event.details["now"]) for event in events(alone.app, actor=alone.user.id)]
    alone.on_the_command_line(own_cli, ROTATE)
    there = [(event.tag, event.details["alg"], event.details["now"]) for event in events(alone.app, actor="cli")]
    assert sorted(here) == sorted(there)
    assert sorted(here) == [("signing_key.rotated", alg, False) for alg in ("ES256", "EdDSA", "PS256", "RS256")]
    assert sorted(states(alone).values()) == ["current", "next", "next"]


def test_rotation_at_once(alone: Administrator) -> None:
    ((first, _),) = states(alone).items()
    alone.done(ROTATE, alg="ES256", when="now")
    assert states(alone)[first] == "previous"
    (event,) = events(alone.app, actor=alone.user.id)
    assert event.details["now"] is True
    refused = alone.carry_out(ROTATE, alg="HS256", when="whenever")
    assert refused.status_code == 400
    assert len(states(alone)) == 2


def test_AD7_a_retired_key_and_what_it_signed_are_dead_at_once(alone: Administrator, own_cli: Cli) -> None:
    house: House = alone.app.extensions["authserver.house"]
    ((first, _),) = states(alone).items()
    party, caller = token_of(alone), make_resource_server(house)
    assert party.introspect(as_=caller).json["active"] is True
    page = alone.done(f"{PAGE}/{first}/retire")
    (second,) = set(states(alone)) - {first}
    assert f"Its successor is {second}." in page
    assert states(alone) == {first: "retired", second: "current"}
    assert party.introspect(as_=caller).json == {"active": False}
    assert first not in published(alone)
    told = [event.tag for event in events(alone.app, actor=alone.user.id)]
    assert sorted(told) == ["signing_key.retired", "signing_key.rotated"]
    assert "It was retired before." in alone.get(f"{PAGE}/{first}/retire").text
    alone.on_the_command_line(own_cli, f"{PAGE}/{second}/retire")
    assert states(alone)[second] == "retired"
    assert sorted(event.tag for event in events(alone.app, actor="cli")) == sorted(told)


def test_the_page_lists_what_its_command_lists(alone: Administrator, own_cli: Cli) -> None:
    alone.done(ROTATE)
    listed = own_cli(*alone.command(PAGE), "-o", "json").json
    assert len(listed) == 8
    for row in listed:
        assert row_of(alone, row["kid"]).startswith(row["state"].title())


def test_a_change_asks_for_the_password_after_a_while(alone: Administrator, frozen: time_machine.Traveller) -> None:
    ((first, _),) = states(alone).items()
    frozen.shift(A_WHILE)
    for path in (ROTATE, f"{PAGE}/{first}/retire"):
        assert alone.carry_out(path, password="a guess").status_code == 400
    assert states(alone) == {first: "current"}
    kept = alone.carry_out(ROTATE, alg="EdDSA", when="now", password="").text
    assert re.search(r'<option selected value="EdDSA"', kept)
    assert re.search(r'value="now" checked', kept)
    alone.done(ROTATE, alg="ES256", password=PASSWORD)
    assert len(states(alone)) == 2


@pytest.mark.parametrize("kid", ["k_absent", "%27--", "..%2f..%2fdev%2fnull", "x" * 300])
def test_JW3_a_key_that_is_not_there_is_404(alone: Administrator, kid: str) -> None:
    assert alone.get(f"{PAGE}/{kid}/retire").status_code == 404
