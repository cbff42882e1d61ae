"""Exchanged however often (RFC 8693), a token never may more, lives longer or outlives its origin (TX3, TX6)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from authserver.oauth import clients
from tests.factories import make_client, make_resource_server, within
from tests.properties.conftest import steady
from tests.relying_party import Credentials, RelyingParty
from tests.rfc.conftest import Party, party_at
from tests.rfc.delegation import ACCESS_TOKEN, CLIENT_CREDENTIALS, GRANT

if TYPE_CHECKING:
    from authserver.composition import House

SHIPPED = ["read:realms", "write:realms", "delete:realms", "read:stats", "openid", "manage"]
ASKED = st.lists(st.sampled_from([*SHIPPED, "admin", "no:such"]), max_size=4, unique=True)
#: Which service exchanges, with which scope, and whether it names itself.
HOPS = st.lists(st.tuples(st.integers(0, 2), ASKED, st.booleans()), min_size=1, max_size=4)


@dataclass
class Network:
    """An application, and services that may all exchange the tokens of each other."""

    front: Party
    services: list[RelyingParty]
    actors: list[str]
    api: Credentials

    def exchanged(self, token: str, hop: tuple[int, list[str], bool]) -> dict[str, Any] | None:
        """The next token; None when this may not be."""
        which, asked, named = hop
        actor = {"actor_token": self.actors[which], "actor_token_type": ACCESS_TOKEN} if named else {}
        reply = self.services[which].token(
            grant_type=GRANT,
            subject_token=token,
            subject_token_type=ACCESS_TOKEN,
            resource=self.api[0].audience,
            scope=" ".join(asked) or None,
            **actor,
        )
        assert reply.status_code in {200, 400}, reply.text
        return dict(reply.json) if reply.status_code == 200 else None


@pytest.fixture(scope="module")
def network(app: Flask, house: "House") -> Network:
    api, front = make_resource_server(house), party_at(app, scope=" ".join(SHIPPED))
    limits = ["", "read:realms write:realms manage", "read:realms read:stats delete:realms"]
    made = [make_client(house, type="machine", grant_types=[GRANT, CLIENT_CREDENTIALS], scope=one) for one in limits]
    everybody = [front.client.client_id, *(client.client_id for client, _ in made)]
    policy = {"subject_clients": everybody, "audiences": [api[0].audience], "impersonation": True}
    with within(house):
        from_now = {"token_exchange": policy}
        for client, _ in made:
            clients.change(client, from_now, privileged=True, actor="tests")
    services = [RelyingParty(app.test_client(), *one) for one in made]
    own = [service.token(grant_type=CLIENT_CREDENTIALS).json["access_token"] for service in services]
    return Network(front, services, own, api)


@steady(25)
@given(hops=HOPS, granted=st.lists(st.sampled_from(SHIPPED), min_size=1, max_size=4, unique=True), data=st.data())
def test_every_hop_narrows_and_the_end_of_one_is_the_end_of_all_after_it(
    network: Network, hops: list[tuple[int, list[str], bool]], granted: list[str], data: st.DataObject
) -> None:
    first = network.front.authorize(scope=" ".join(granted)).redeem().json
    chain, actors = [first], 0
    for hop in hops:
        found = network.exchanged(chain[-1]["access_token"], hop)
        if found is None:
            continue
        assert set(found["scope"].split()) <= set(chain[-1]["scope"].split()) - {"openid", "manage", "admin"}
        assert found["expires_in"] <= chain[-1]["expires_in"]
        claims = network.front.introspect(found["access_token"], as_=network.api).json
        actors += hop[2]
        assert (claims["sub"], length(claims.get("act"))) == (network.front.user.id, actors)
        chain.append(found)
    ended = data.draw(st.integers(0, len(chain) - 1))
    owner = holder_of(network, chain[ended]["access_token"])
    assert owner.revoke(chain[ended]["access_token"]).status_code == 200
    alive = [network.front.introspect(one["access_token"], as_=network.api).json["active"] for one in chain]
    assert alive == [place < ended for place in range(len(chain))]


def holder_of(network: Network, token: str) -> RelyingParty:
    """Whoever the token was issued to."""
    client_id = network.front.introspect(token, as_=network.api).json["client_id"]
    return next(one for one in (network.front, *network.services) if one.client.client_id == client_id)


def length(act: Any) -> int:
    """How many have acted."""
    return 0 if act is None else 1 + length(act.get("act"))
