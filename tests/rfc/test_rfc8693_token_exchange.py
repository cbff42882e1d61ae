"""RFC 8693: an API key exchanged for a narrow, audience-bound token of minutes (cases TX1-TX6)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models import api_keys as stored
from authserver.models import audit_events, users
from authserver.models.users import User
from authserver.oauth import api_keys
from authserver.oauth.credentials.api_key import generate
from tests.factories import make_api_key, make_client, make_resource_server, make_user, unique, within
from tests.relying_party import Credentials, RelyingParty, Reply, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
API_KEY = "urn:realmkit:params:oauth:token-type:api-key"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
RowCounts = Callable[[], State]


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


@pytest.fixture
def key(house: "House", owner: User) -> str:
    return make_api_key(house, owner, scopes=("read:realms", "write:realms"))[1]


@pytest.fixture
def agent(house: "House", app: Flask) -> RelyingParty:
    """A machine that exchanges keys."""
    client, secret = make_client(house, type="machine", grant_types=[GRANT], client_id=unique("agent" + "-long" * 15))
    return RelyingParty(app.test_client(), client, secret)


@pytest.fixture
def exchange(agent: RelyingParty, key: str, api: Credentials) -> Callable[..., Reply]:
    """`exchange(scope="read:realms")`: a good exchange of the key for the resource server, but for these changes."""

    def ask(**changes: Any) -> Reply:
        good = {"subject_token": key, "subject_token_type": API_KEY, "resource": api[0].audience}
        return agent.token(**{"grant_type": GRANT, **good, **changes})

    return ask


Exchange = Callable[..., Reply]


def test_s2_2_1_answer_names_the_issued_type_and_a_token_of_at_most_15_minutes(
    exchange: Exchange, agent: RelyingParty, owner: User, api: Credentials, frozen: time_machine.Traveller
) -> None:
    tokens = granted(exchange(scope="read:realms"))
    assert tokens["issued_token_type"] == ACCESS_TOKEN
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "issued_token_type"}
    assert (tokens["scope"], tokens["expires_in"]) == ("read:realms", 900)
    claims = is_active(agent.introspect(as_=api))
    assert (claims["sub"], claims["username"]) == (owner.id, owner.username)
    assert (claims["token_use"], claims["client_id"]) == ("access_token", agent.client.client_id)
    assert (claims["aud"], claims["scope"]) == ([api[0].audience], "read:realms")
    assert claims["exp"] - claims["iat"] == 900
    assert claims_of(tokens["access_token"])["aud"] == api[0].audience


def test_the_token_spends_the_tier_of_the_owner(
    exchange: Exchange, agent: RelyingParty, key: str, house: "House"
) -> None:
    """Exchanging a key buys no second quota."""
    meter = make_resource_server(house, meter=True)
    exchange(resource=meter[0].audience)
    first = is_active(agent.introspect(key, as_=meter))["rate_limit"]["remaining"]
    assert is_active(agent.introspect(as_=meter))["rate_limit"]["remaining"] == first - 1


@pytest.mark.parametrize("settings_ttl", [60, 86400])
def test_the_lifetime_is_never_longer_than_15_minutes_or_the_usual(
    app_with: Callable[..., Flask], agent: RelyingParty, key: str, api: Credentials, settings_ttl: int
) -> None:
    other = RelyingParty(app_with(access_token_ttl=settings_ttl).test_client(), agent.client, agent.secret)
    good = {"grant_type": GRANT, "subject_token": key, "subject_token_type": API_KEY, "audience": api[0].audience}
    assert granted(other.token(**good))["expires_in"] == min(settings_ttl, 900)


def test_TX4_the_token_ends_with_the_key(
    house: "House", owner: User, exchange: Exchange, agent: RelyingParty, api: Credentials,
    frozen: time_machine.Traveller,
) -> None:  # fmt: skip
    _, short = make_api_key(house, owner, expires_in=300)
    frozen.shift(100)
    assert granted(exchange(subject_token=short))["expires_in"] == 200
    is_active(agent.introspect(as_=api))
    frozen.shift(200)
    is_inactive(agent.introspect(as_=api))


def test_without_scope_all_that_key_and_client_have(
    house: "House", app: Flask, exchange: Exchange, key: str, api: Credentials
) -> None:
    assert granted(exchange())["scope"] == "read:realms write:realms"
    client, secret = make_client(house, type="machine", grant_types=[GRANT], scope="write:realms read:stats")
    narrow = RelyingParty(app.test_client(), client, secret)
    good = {"grant_type": GRANT, "subject_token": key, "subject_token_type": API_KEY, "resource": api[0].audience}
    assert granted(narrow.token(**good))["scope"] == "write:realms"
    refuses(narrow.token(**good, scope="read:realms"), "invalid_scope")


def test_s2_1_resource_and_audience_are_two_names_for_it(
    house: "House", exchange: Exchange, agent: RelyingParty, api: Credentials
) -> None:
    other = make_resource_server(house)
    granted(exchange(resource=api[0].audience, audience=other[0].audience))
    assert is_active(agent.introspect(as_=other))["aud"] == [api[0].audience, other[0].audience]
    is_inactive(agent.introspect(as_=make_resource_server(house)))


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["", "nonsense", "rk_live_", "at_" + "A" * 43, "ey.J.A"])
def test_TX1_bad_subject(exchange: Exchange, subject: str, row_counts: RowCounts) -> None:
    before = row_counts()
    refuses(exchange(subject_token=subject), "invalid_request")
    assert row_counts() == before


def test_TX1_unknown_revoked_and_expired_keys(
    house: "House", owner: User, exchange: Exchange, row_counts: RowCounts, frozen: time_machine.Traveller
) -> None:
    row, revoked = make_api_key(house, owner)
    _, expired = make_api_key(house, owner, expires_in=10)
    stranger, _ = make_user(house)
    _, disabled = make_api_key(house, stranger)
    with within(house):
        api_keys.revoke(row, actor=owner.id, because="tests")
        users.change(stranger.id, disabled_at=1)
    frozen.shift(10)
    before = row_counts()
    for subject in (generate("live"), revoked, expired, disabled):
        refuses(exchange(subject_token=subject), "invalid_request")
    assert row_counts() == before


def test_TX1_key_with_an_address_rule_is_good_only_from_there(house: "House", owner: User, exchange: Exchange) -> None:
    _, near = make_api_key(house, owner, ip_allow=("100.64.0.0/10",))
    _, far = make_api_key(house, owner, ip_allow=("203.0.113.0/24",))
    granted(exchange(subject_token=near))
    refuses(exchange(subject_token=far), "invalid_request")


def test_TX1_id_token_and_access_token_are_no_subjects(party: MakeParty, exchange: Exchange) -> None:
    tokens = granted(party().authorize().redeem())
    for name in ("id_token", "access_token"):
        for kind in (API_KEY, f"urn:ietf:params:oauth:token-type:{name}"):
            refuses(exchange(subject_token=tokens[name], subject_token_type=kind), "invalid_request")


@pytest.mark.parametrize("name", ["subject_token", "subject_token_type", "resource"])
def test_s2_1_what_must_be_there(exchange: Exchange, name: str) -> None:
    refuses(exchange(**{name: None}), "invalid_request")


@pytest.mark.parametrize("resource", ["https://unknown.example", "x", "https://unknown.example#x"])
def test_TX2_unknown_audience(exchange: Exchange, resource: str) -> None:
    refuses(exchange(resource=resource), "invalid_target")
    refuses(exchange(audience=resource), "invalid_target")


def test_TX2_key_bound_to_audiences_goes_no_further(
    house: "House", owner: User, exchange: Exchange, api: Credentials
) -> None:
    other = make_resource_server(house)
    _, bound = make_api_key(house, owner, audience=(other[0].audience,))
    refuses(exchange(subject_token=bound), "invalid_target")
    granted(exchange(subject_token=bound, resource=other[0].audience))


def test_TX2_test_key_never_reaches_a_live_server(
    house: "House", owner: User, exchange: Exchange, api: Credentials
) -> None:
    """Tokens have no environment (decision 26): it is decided at the exchange."""
    _, test_key = make_api_key(house, owner, environment="test")
    test_api = make_resource_server(house, environment="test")
    refuses(exchange(subject_token=test_key), "invalid_target")
    refuses(exchange(subject_token=test_key, audience=test_api[0].audience), "invalid_target")
    granted(exchange(subject_token=test_key, resource=test_api[0].audience))
    refuses(exchange(resource=test_api[0].audience), "invalid_target")
    both = make_resource_server(house, environment="any")
    refuses(exchange(subject_token=test_key, resource=both[0].audience), "invalid_target")
    granted(exchange(resource=both[0].audience))


@pytest.mark.parametrize(
    "scope", ["delete:realms", "read:realms delete:realms", "manage", "admin", "openid", "no:such"]
)
def test_TX3_scope_beyond_the_key(exchange: Exchange, scope: str, row_counts: RowCounts) -> None:
    before = row_counts()
    refuses(exchange(scope=scope), "invalid_scope")
    assert row_counts() == before


@pytest.mark.parametrize(
    "kind",
    [ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token", "api-key"],
)
def test_TX4_key_under_any_other_type(exchange: Exchange, kind: str) -> None:
    refuses(exchange(subject_token_type=kind), "invalid_request")


@pytest.mark.parametrize(
    "more",
    [{"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, {"actor_token": "x"}],
)
def test_s2_1_what_is_not_offered(exchange: Exchange, more: dict[str, str]) -> None:
    refuses(exchange(**more), "invalid_request")
    granted(exchange(requested_token_type=ACCESS_TOKEN))


def test_TX5_client_without_the_grant(party: MakeParty, key: str, api: Credentials) -> None:
    good = {"grant_type": GRANT, "subject_token": key, "subject_token_type": API_KEY, "resource": api[0].audience}
    refuses(party().token(**good), "unauthorized_client")


# -- TX6: the subject ends ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
@pytest.mark.parametrize("end", ["revoked", "rotated", "owner disabled", "owner's credentials ended"])
def test_TX6_derived_tokens_end_at_once_with_the_key(
    house: "House", app: Flask, owner: User, api: Credentials, access_token_format: str, end: str
) -> None:
    row, key = make_api_key(house, owner)
    client, secret = make_client(house, type="machine", grant_types=[GRANT], access_token_format=access_token_format)
    rp = RelyingParty(app.test_client(), client, secret)
    granted(rp.token(grant_type=GRANT, subject_token=key, subject_token_type=API_KEY, resource=api[0].audience))
    is_active(rp.introspect(as_=api))
    is_active(rp.introspect())
    with within(house):
        if end == "revoked":
            api_keys.revoke(row, actor=owner.id, because="tests")
        elif end == "rotated":
            api_keys.rotate(row, overlap=0, actor=owner.id)
        elif end == "owner disabled":
            users.change(owner.id, disabled_at=1)
        else:
            users.change(owner.id, not_before=2**40)
    is_inactive(rp.introspect(as_=api))
    is_inactive(rp.introspect())


def test_TX6_in_an_overlap_derived_tokens_live_as_long_as_the_old_key(
    house: "House", owner: User, exchange: Exchange, agent: RelyingParty, api: Credentials,
    frozen: time_machine.Traveller,
) -> None:  # fmt: skip
    row, key = make_api_key(house, owner)
    exchange(subject_token=key)
    with within(house):
        api_keys.rotate(row, overlap=120, actor=owner.id)
    frozen.shift(119)
    is_active(agent.introspect(as_=api))
    frozen.shift(1)
    is_inactive(agent.introspect(as_=api))


def test_TX6_one_token_can_be_revoked_alone(
    exchange: Exchange, agent: RelyingParty, api: Credentials, key: str
) -> None:
    first, second = (granted(exchange())["access_token"] for _ in range(2))
    agent.revoke(first)
    is_inactive(agent.introspect(first, as_=api))
    is_active(agent.introspect(second, as_=api))
    is_active(agent.introspect(key, as_=api))


def test_exchange_is_audited_and_is_a_use_of_the_key(
    house: "House", owner: User, exchange: Exchange, agent: RelyingParty, frozen: time_machine.Traveller
) -> None:
    row, key = make_api_key(house, owner)
    exchange(subject_token=key)
    house.server.usage.flush()
    with within(house):
        event = next(found for found in audit_events.latest(limit=10, user_id=owner.id) if found.actor != owner.id)
        used = stored.find(row.id)
    assert (event.tag, event.actor, event.details["key"]) == ("api_key.exchanged", agent.client.client_id, row.id)
    assert used is not None
    assert used.last_used_by == agent.client.client_id
    assert used.last_used_from is not None
    assert used.last_used_from.startswith("100.")  # where test clients are
    assert used.last_used_at is not None
