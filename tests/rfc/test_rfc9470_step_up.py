"""Step-up authentication (RFC 9470): an API says that a sign-in is too weak or too old, and how to get a better one."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver.models import sessions
from authserver.resource_server import Access, Authentication, Configuration, Protection
from authserver.resource_server.access import read
from tests.factories import PASSWORD, make_api_key, make_user, within
from tests.gateways.asking import Proxy
from tests.relying_party import Credentials, Local, RelyingParty, claims_of
from tests.rfc.answers import challenge, is_active
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.details import claims, id_token
from tests.rfc.proofs import make_proof, new_key

if TYPE_CHECKING:
    from authserver.composition import House

STRONG, RECENT = Authentication(acr_values=("2", "phr")), Authentication(max_age=300)
REACHED = Authentication(acr_values=("2", "1"), max_age=300)


class Asking:
    """The authorization server of the tests, asked as a resource server asks it."""

    def __init__(self, machine: Local, api: Credentials) -> None:
        self.rp = RelyingParty(machine, *api)

    def introspect(self, token: str, *, ip: str | None, cost: int | None, follows: bool = False) -> Access | None:
        return read(self.rp.introspect(token).json, now=int(time.time()))

    def count_anonymous(self, ip: str) -> Access:
        return Access("anonymous")


@pytest.fixture
def guarded(machine: Local, api: Credentials) -> FlaskClient:
    """An API with views of different demands."""
    app, (client, secret) = Flask(__name__), api
    configuration = Configuration(
        issuer="http://localhost:8000",
        client_id=client.client_id,
        client_secret=secret,
        audience=client.audience or "",
        follow_revocations=False,
    )
    protection = Protection(app, configuration, Asking(machine, api))
    for path, demanded in {"/strong": STRONG, "/recent": RECENT, "/reached": REACHED}.items():
        view = protection.requires("read:realms", anonymous=True, authentication=demanded)(lambda: "ok")
        app.add_url_rule(path, path, view)
    return app.test_client()


@pytest.fixture
def signed_in(party: MakeParty, token_format: str) -> Party:
    """A client with an access token of either form."""
    rp = party(access_token_format=token_format, scope="openid offline_access read:realms write:realms")
    granted(rp.authorize().redeem())
    return rp


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(1_795_500_000, tick=False) as traveller:
        yield traveller


def call(guarded: FlaskClient, path: str, token: str) -> Any:
    return guarded.get(path, headers={"Authorization": f"Bearer {token}"})


# -- the resource server -----------------------------------------------------------------------------------------------


def test_s3_too_weak_a_sign_in_is_401_with_the_levels_that_are_needed(signed_in: Party, guarded: FlaskClient) -> None:
    answer = call(guarded, "/strong", signed_in.tokens["access_token"])
    assert answer.status_code == 401
    scheme, said = challenge(answer)
    assert (scheme, said["error"]) == ("Bearer", "insufficient_user_authentication")
    assert said["acr_values"] == "2 phr"
    assert "max_age" not in said
    assert said["resource_metadata"].endswith("/.well-known/oauth-protected-resource")
    assert answer.get_json(force=True)["acr_values"] == "2 phr"
    assert call(guarded, "/reached", signed_in.tokens["access_token"]).status_code == 200


def test_s3_too_old_a_sign_in_is_401_until_the_person_signs_in_again(
    frozen: time_machine.Traveller, signed_in: Party, guarded: FlaskClient
) -> None:
    assert call(guarded, "/recent", signed_in.tokens["access_token"]).status_code == 200
    frozen.shift(300)
    assert call(guarded, "/recent", signed_in.tokens["access_token"]).status_code == 200
    frozen.shift(1)
    answer = call(guarded, "/recent", signed_in.tokens["access_token"])
    assert answer.status_code == 401
    said = challenge(answer)[1]
    assert (said["error"], said["max_age"]) == ("insufficient_user_authentication", "300")
    granted(signed_in.refresh())  # section 6.2: a refresh is no sign-in
    assert call(guarded, "/recent", signed_in.tokens["access_token"]).status_code == 401
    signed_in.authorize(max_age=said["max_age"])
    assert signed_in.at == "/login"
    granted(signed_in.sign_in(signed_in.user, PASSWORD).redeem())
    assert call(guarded, "/recent", signed_in.tokens["access_token"]).status_code == 200


def test_s3_a_missing_scope_comes_first_and_a_bad_token_stays_invalid_token(
    party: MakeParty, guarded: FlaskClient
) -> None:
    rp = party()
    granted(rp.authorize(scope="openid").redeem())
    answer = call(guarded, "/strong", rp.tokens["access_token"])
    assert (answer.status_code, challenge(answer)[1]["error"]) == (403, "insufficient_scope")
    answer = call(guarded, "/strong", "x")
    assert (answer.status_code, challenge(answer)[1]["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("path", ["/strong", "/recent"])
def test_s3_without_a_person_there_is_no_sign_in(house: "House", guarded: FlaskClient, path: str) -> None:
    """API keys, tokens of clients, and callers without anything: also where a view takes anonymous ones."""
    _, key = make_api_key(house, make_user(house)[0])
    answer = call(guarded, path, key)
    assert (answer.status_code, challenge(answer)[1]["error"]) == (401, "insufficient_user_authentication")
    answer = guarded.get(path)
    assert answer.status_code == 401
    assert "error" not in challenge(answer)[1]


BAD = ({"acr_values": ("a b",)}, {"acr_values": ('"',)}, {"acr_values": ("",)}, {"max_age": -1})


@pytest.mark.parametrize("bad", BAD)
def test_s3_demands_that_no_header_can_hold_are_refused_at_the_start(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"level|max_age"):
        Authentication(**bad)


# -- the gateway -------------------------------------------------------------------------------------------------------


def test_s3_the_gateway_demands_a_level_and_an_age(
    frozen: time_machine.Traveller, http: FlaskClient, signed_in: Party
) -> None:
    proxy, token = Proxy(http), signed_in.tokens["access_token"]
    assert proxy.ask(token, "scope=read:realms&acr_values=1&max_age=300").status == 200
    before = proxy.ask(token, "scope=read:realms").remaining
    weak = proxy.ask(token, "acr_values=2%20phr")
    assert (weak.status, weak.problem["error"]) == (401, "insufficient_user_authentication")
    assert weak.problem["acr_values"] == "2 phr"
    assert 'acr_values="2 phr"' in (weak.challenge or "")
    assert weak.remaining == before  # refused calls spend nothing
    frozen.shift(301)
    old = proxy.ask(token, "max_age=300")
    assert (old.status, old.problem["max_age"]) == (401, "300")
    assert 'error="insufficient_user_authentication"' in (old.challenge or "")


def test_s3_the_gateway_knows_the_sign_in_of_a_session_token_and_none_of_a_key(
    house: "House", http: FlaskClient, signed_in: Party
) -> None:
    _, key = make_api_key(house, signed_in.user)
    assert Proxy(http).ask(key, "max_age=300").status == 401
    with within(house):
        (session,) = sessions.of_user(signed_in.user.id, idle_ttl=house.settings.session_idle_ttl)
        token = house.server.issuer.session_token(signed_in.user, session).value
    assert Proxy(http).ask(token, "acr_values=1&max_age=300").status == 200
    assert Proxy(http).ask(token, "acr_values=2").status == 401


def test_s3_the_challenge_has_the_scheme_of_the_token(http: FlaskClient, party: MakeParty) -> None:
    """RFC 9449 section 7.1: with a bound token the next one is presented as this one."""
    rp, key, call = party(), new_key(), "https://api.example/v1/realms"
    rp.dpop_key = key
    assert rp.authorize().redeem().json["token_type"] == "DPoP"
    token = rp.tokens["access_token"]
    sent = {
        "Authorization": f"DPoP {token}",
        "DPoP": make_proof(key, "GET", call, token=token),
        "X-Original-Method": "GET",
        "X-Original-URL": call,
    }
    weak = Proxy(http).ask(query="acr_values=2", headers=sent)
    assert weak.problem["error"] == "insufficient_user_authentication"
    assert (weak.challenge or "").startswith("DPoP ")


@pytest.mark.parametrize("parameters", ["max_age=x", "max_age=-1", "max_age=", "acr_values=%22", "max_age=1&max_age=2"])
def test_s3_a_malformed_demand_is_refused_not_forgotten(http: FlaskClient, signed_in: Party, parameters: str) -> None:
    status = Proxy(http).ask(signed_in.tokens["access_token"], parameters).status
    assert status == (200 if parameters == "max_age=" else 400)  # without a value it was not sent


def test_s3_below_the_path_a_caller_can_only_narrow(http: FlaskClient, signed_in: Party) -> None:
    proxy, token = Proxy(http), signed_in.tokens["access_token"]
    assert proxy.ask(token, "acr_values=1", path="/gateway/auth;acr_values=2/v1/realms").status == 401
    assert proxy.ask(token, "acr_values=2", path="/gateway/auth/v1/realms").status == 401


# -- the authorization server ------------------------------------------------------------------------------------------


def test_s4_acr_values_are_wishes_and_the_tokens_say_what_is(party: MakeParty, api: Credentials) -> None:
    rp = party()
    for wish in ("1", "2 1", "2", "urn:example:unknown", "x" * 300, "2 " * 100):
        granted(rp.authorize(acr_values=wish).redeem())
        assert id_token(rp)["acr"] == "1"
        assert claims_of(rp.tokens["access_token"])["acr"] == "1"
        assert is_active(rp.introspect(as_=api))["acr"] == "1"


def test_s5_what_must_be_reached_and_cannot_is_an_error(party: MakeParty) -> None:
    rp = party()
    rp.authorize(claims=claims(id_token={"acr": {"essential": True, "values": ["2"]}}))
    assert rp.answer["error"] == "unmet_authentication_requirements"
    assert rp.answer["state"] == rp.sent["state"]


def test_s4_default_acr_values_of_the_client(party: MakeParty) -> None:
    rp = party(default_acr_values=["2", "1"])
    assert rp.client.details["default_acr_values"] == ["2", "1"]
    granted(rp.authorize().redeem())
    assert id_token(rp)["acr"] == "1"


def test_s6_tokens_tell_when_and_how_the_person_has_signed_in(signed_in: Party, api: Credentials) -> None:
    told = is_active(signed_in.introspect(as_=api))
    assert (told["acr"], told["auth_time"]) == ("1", id_token(signed_in)["auth_time"])


def test_s7_metadata_names_the_levels(machine: Local) -> None:
    metadata = machine.send("GET", "/.well-known/oauth-authorization-server", body=None, headers={}).json
    assert metadata["acr_values_supported"] == ["1"]
