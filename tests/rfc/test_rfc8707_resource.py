"""Resource indicators (RFC 8707, decision 19): whom a token is for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from authserver.models import clients
from tests.factories import make_client, make_resource_server, within
from tests.relying_party import Credentials, Local, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty
from tests.rfc.forgery import parts
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
Servers = tuple[Credentials, Credentials, Credentials]


@pytest.fixture
def servers(house: "House") -> Servers:
    """Three resource servers: tokens are asked for the first two."""
    return make_resource_server(house), make_resource_server(house), make_resource_server(house)


def _audiences(servers: Servers) -> list[str]:
    return [server.audience or "" for server, _ in servers]


def test_s2_1_token_is_for_all_resources_of_the_request(party: MakeParty, servers: Servers, token_format: str) -> None:
    one, two, three = servers
    a, b, _ = _audiences(servers)
    rp = party(access_token_format=token_format)
    granted(rp.authorize(resource=[a, b]).redeem())
    assert is_active(rp.introspect(as_=one))["aud"] == is_active(rp.introspect(as_=two))["aud"] == [a, b]
    is_inactive(rp.introspect(as_=three))
    assert rp.userinfo().status_code == 401


def test_s2_a_pushed_request_names_its_resources(party: MakeParty, servers: Servers) -> None:
    one, two, _ = servers
    a, b, _ = _audiences(servers)
    rp = party()
    reply = rp.push(resource=[a, b])
    granted(rp.authorize(request_uri=reply.json["request_uri"]).redeem(resource=b))
    assert is_active(rp.introspect(as_=two))["aud"] == [b]
    is_inactive(rp.introspect(as_=one))


def test_s2_2_redemption_and_refresh_may_name_a_part(party: MakeParty, servers: Servers, token_format: str) -> None:
    one, two, _ = servers
    a, b, _ = _audiences(servers)
    rp = party(access_token_format=token_format)
    granted(rp.authorize(resource=[a, b]).redeem(resource=a))
    assert is_active(rp.introspect(as_=one))["aud"] == [a]
    is_inactive(rp.introspect(as_=two))
    granted(rp.refresh(resource=b))
    assert is_active(rp.introspect(as_=two))["aud"] == [b]
    is_inactive(rp.introspect(as_=one))
    granted(rp.refresh())  # without: all that was granted
    assert is_active(rp.introspect(as_=one))["aud"] == [a, b]


def test_s2_2_other_resource_at_redemption_burns_nothing(
    party: MakeParty, servers: Servers, row_counts: RowCounts
) -> None:
    a, b, _ = _audiences(servers)
    rp = party()
    rp.authorize(resource=a)
    before = row_counts()
    refuses(rp.redeem(resource=b), "invalid_target")
    refuses(rp.redeem(resource=[a, b]), "invalid_target")
    assert row_counts() == before
    granted(rp.redeem())


def test_s2_2_other_resource_at_refresh_burns_nothing(
    party: MakeParty, servers: Servers, row_counts: RowCounts
) -> None:
    a, b, _ = _audiences(servers)
    rp = party()
    granted(rp.authorize(resource=a).redeem())
    before = row_counts()
    refuses(rp.refresh(resource=b), "invalid_target")
    assert row_counts() == before
    granted(rp.refresh())


def test_s2_2_unbound_grant_cannot_be_bound_later(party: MakeParty, servers: Servers) -> None:
    a, _, _ = _audiences(servers)
    rp = party()
    rp.authorize()
    refuses(rp.redeem(resource=a), "invalid_target")
    granted(rp.redeem())
    refuses(rp.refresh(resource=a), "invalid_target")


UNKNOWN = ("https://unknown.example", "x", "é", "https://unknown.example/#fragment")


@pytest.mark.parametrize("resource", UNKNOWN)
def test_s2_unknown_resource_is_invalid_target_everywhere(
    house: "House", party: MakeParty, machine: Local, row_counts: RowCounts, resource: str
) -> None:
    rp = party()
    worker = RelyingParty(machine, *make_client(house, type="machine"))
    before = row_counts()
    answer = rp.authorize(resource=resource).answer
    assert answer["error"] == "invalid_target"
    assert answer["state"] == rp.sent["state"]
    refuses(worker.token(grant_type="client_credentials", resource=resource), "invalid_target")
    assert row_counts() == before


def test_s2_one_unknown_among_known_ones_is_invalid_target(
    house: "House", machine: Local, servers: Servers, row_counts: RowCounts
) -> None:
    worker = RelyingParty(machine, *make_client(house, type="machine"))
    before = row_counts()
    resources = [*_audiences(servers), UNKNOWN[0]]
    refuses(worker.token(grant_type="client_credentials", resource=resources), "invalid_target")
    refuses(
        worker.token(grant_type="client_credentials", resource=[f"https://{n}.x" for n in range(11)]), "invalid_target"
    )
    assert row_counts() == before


def test_s2_audience_of_a_disabled_resource_server_is_invalid_target(
    house: "House", machine: Local, servers: Servers
) -> None:
    worker = RelyingParty(machine, *make_client(house, type="machine"))
    server, _ = servers[0]
    with within(house):
        clients.change(server.client_id, disabled_at=1)
    refuses(worker.token(grant_type="client_credentials", resource=server.audience), "invalid_target")


def test_s2_client_credentials_are_bound_for_this_token_only(
    house: "House", machine: Local, servers: Servers, token_format: str
) -> None:
    one, two, _ = servers
    worker = RelyingParty(machine, *make_client(house, type="machine", access_token_format=token_format))
    granted(worker.token(grant_type="client_credentials", resource=one[0].audience))
    is_active(worker.introspect(as_=one))
    is_inactive(worker.introspect(as_=two))
    granted(worker.token(grant_type="client_credentials"))
    is_active(worker.introspect(as_=two))


def test_s2_resource_named_twice_counts_once(house: "House", machine: Local, servers: Servers) -> None:
    a, _, _ = _audiences(servers)
    worker = RelyingParty(machine, *make_client(house, type="machine"))
    token = granted(worker.token(grant_type="client_credentials", resource=[a, a]))["access_token"]
    assert parts(token)[1]["aud"] == a


def test_s2_order_and_number_of_audiences_in_a_jwt(party: MakeParty, servers: Servers) -> None:
    """One value is a string, several are a list, none is the issuer."""
    a, b, _ = _audiences(servers)
    rp = party()
    assert parts(granted(rp.authorize(resource=[b, a]).redeem())["access_token"])[1]["aud"] == [b, a]
    assert parts(granted(rp.refresh(resource=a))["access_token"])[1]["aud"] == a
