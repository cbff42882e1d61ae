"""Introspection answers as JWTs (RFC 9701)."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.oauth.errors import InvalidClientMetadataError
from authserver.settings import ASYMMETRIC_ALGORITHMS
from tests.factories import make_api_key, make_client, make_resource_server, make_user
from tests.relying_party import FORM, Credentials, Local, Reply, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.statements import recorded
from tests.rfc.subjects import ENCRYPTIONS, KEYS, elsewhere, opened, public, verified

if TYPE_CHECKING:
    from authserver.composition import House

TYPE = "application/token-introspection+jwt"
TYP = "token-introspection+jwt"


@pytest.fixture
def rp(party: MakeParty) -> Party:
    """A client with an access token of its user."""
    rp = party(scope="openid read:realms")
    granted(rp.authorize().redeem())
    return rp


def ask(machine: Local, as_: Credentials, token: str, accept: str | None = TYPE, **fields: Any) -> Reply:
    headers = {"Authorization": basic(as_[0].client_id, as_[1]), "Content-Type": FORM}
    if accept is not None:
        headers["Accept"] = accept
    return machine.send("POST", "/introspect", body=encoded({"token": token, **fields}), headers=headers)


# -- section 4: asking for it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "accept",
    [
        TYPE, f"{TYPE};q=0.5", TYPE.upper(), f"{TYPE}, application/json;q=0.9", f"application/json, {TYPE}",
        f"text/html, {TYPE};q=0.8, */*;q=0.1", f" {TYPE} ; q=1.0", f"{TYPE};q=1.000;x=y",
    ],
)  # fmt: skip
def test_s4_whoever_accepts_it_gets_it(machine: Local, rp: Party, api: Credentials, accept: str) -> None:
    reply = ask(machine, api, rp.tokens["access_token"], accept)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, TYPE)


@pytest.mark.parametrize(
    "accept",
    [
        None, "*/*", "application/*", "application/json", "application/jwt", "", ",", ";q=1", f"{TYPE};q=0",
        f"{TYPE};q=0.000", f"application/json, {TYPE};q=0.5", f"{TYPE};q=0.2, */*", f"x{TYPE}", f"{TYPE}x",
        "application/at+jwt", "q" * 5000,
    ],
)  # fmt: skip
def test_s4_all_others_get_json(machine: Local, rp: Party, api: Credentials, accept: str | None) -> None:
    is_active(ask(machine, api, rp.tokens["access_token"], accept))
    is_inactive(ask(machine, api, "at_nothing", accept))


def test_s4_json_costs_what_it_did(
    machine: Local, rp: Party, api: Credentials, house: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(house.database, monkeypatch) as statements:
        is_active(ask(machine, api, rp.tokens["access_token"], "application/json, */*;q=0.1"))
    assert len(statements) == 1


# -- section 5: the answer ---------------------------------------------------------------------------------------------


def test_s5_the_answer_is_signed_for_whoever_asked(
    machine: Local, rp: Party, api: Credentials, house: "House", frozen: time_machine.Traveller
) -> None:
    reply = ask(machine, api, rp.tokens["access_token"])
    assert reply.headers["Cache-Control"] == "no-store"
    claims = verified(reply.text, machine, alg="RS256", typ=TYP)
    plain = is_active(ask(machine, api, rp.tokens["access_token"], None))
    assert claims == {
        "iss": house.settings.issuer,
        "aud": api[0].client_id,
        "iat": int(time.time()),
        "token_introspection": plain,
    }  # neither sub nor exp: it must not be taken for an access token


def test_s5_what_is_not_good_says_no_more_than_that(machine: Local, rp: Party, api: Credentials) -> None:
    for token in ("at_nothing", "x", "ey.a.b", rp.tokens["access_token"] + "x"):
        claims = verified(ask(machine, api, token).text, machine, alg="RS256", typ=TYP)
        assert claims["token_introspection"] == {"active": False}
    rp.revoke()
    claims = verified(ask(machine, api, rp.tokens["access_token"]).text, machine, alg="RS256", typ=TYP)
    assert claims["token_introspection"] == {"active": False}


def test_s5_api_keys_are_answered_alike(machine: Local, house: "House", api: Credentials) -> None:
    user = make_user(house)[0]
    claims = verified(ask(machine, api, make_api_key(house, user)[1]).text, machine, alg="RS256", typ=TYP)
    assert claims["token_introspection"]["token_use"] == "api_key"
    assert claims["token_introspection"]["username"] == user.username


def test_s5_an_answer_is_no_credential(machine: Local, rp: Party, api: Credentials) -> None:
    answer = ask(machine, api, rp.tokens["access_token"]).text
    is_inactive(ask(machine, api, answer, None))
    refuses(rp.userinfo(answer), "invalid_token", 401)
    assert rp.authorize(id_token_hint=answer).answer["error"] == "invalid_request"


def test_s5_errors_are_json(machine: Local, rp: Party, api: Credentials) -> None:
    refuses(ask(machine, (api[0], "wrong"), rp.tokens["access_token"]), "invalid_client", 401)
    refuses(ask(machine, api, ""), "invalid_request")
    refuses(ask(machine, api, rp.tokens["access_token"], cost="x"), "invalid_request")


def test_s5_cost_is_spent_as_for_json(machine: Local, rp: Party, api: Credentials) -> None:
    first, second = (
        verified(ask(machine, api, rp.tokens["access_token"], cost=7).text, machine, alg="RS256", typ=TYP)
        for _ in range(2)
    )
    left = [one["token_introspection"]["rate_limit"]["remaining"] for one in (first, second)]
    assert left[0] - left[1] == 7


# -- section 6: what the resource server is registered for -------------------------------------------------------------


@pytest.mark.parametrize("alg", ASYMMETRIC_ALGORITHMS)
def test_s6_it_chooses_the_signature(machine: Local, house: "House", rp: Party, alg: str) -> None:
    api = make_resource_server(house, introspection_signed_response_alg=alg)
    verified(ask(machine, api, rp.tokens["access_token"]).text, machine, alg=alg, typ=TYP)


@pytest.mark.parametrize("alg", KEYS)
@pytest.mark.parametrize("enc", [None, *ENCRYPTIONS])
def test_s6_it_may_want_it_encrypted(machine: Local, house: "House", rp: Party, alg: str, enc: str | None) -> None:
    api = make_resource_server(
        house,
        jwks=public(*KEYS.values()),
        introspection_encrypted_response_alg=alg,
        introspection_encrypted_response_enc=enc,
    )
    reply = ask(machine, api, rp.tokens["access_token"])
    assert reply.headers["Content-Type"] == TYPE
    assert reply.text.count(".") == 4
    key = KEYS["ECDH-ES"] if alg == "ECDH-ES+A256KW" else KEYS[alg]  # the first that fits
    inner = opened(reply.text, key, alg=alg, enc=enc or "A128CBC-HS256")
    assert verified(inner, machine, alg="RS256", typ=TYP)["token_introspection"]["active"] is True
    is_active(ask(machine, api, rp.tokens["access_token"], None))  # JSON stays JSON


def test_s6_a_key_that_is_not_to_be_had_is_no_fault_of_ours(
    app_with: Callable[..., Flask], rp: Party, house: "House"
) -> None:
    with elsewhere() as site:
        app = app_with(fetch_allow="127.0.0.1")
        api = make_resource_server(house, jwks_uri=f"{site.url}/jwks", introspection_encrypted_response_alg="ECDH-ES")
        machine = Local(app.test_client())
        refuses(ask(machine, api, rp.tokens["access_token"]), "invalid_request")
        is_active(ask(machine, api, rp.tokens["access_token"], None))


@pytest.mark.parametrize(
    "metadata",
    [
        {"introspection_signed_response_alg": "none"},
        {"introspection_signed_response_alg": "HS256"},
        {"introspection_signed_response_alg": ["RS256"]},
        {"introspection_encrypted_response_alg": "ECDH-ES"},  # no key
        {"introspection_encrypted_response_enc": "A256GCM"},  # no alg
        {"introspection_encrypted_response_alg": "RSA1_5", "jwks": public(KEYS["RSA-OAEP-256"])},
        {"introspection_encrypted_response_alg": "dir", "jwks": public(KEYS["RSA-OAEP-256"])},
        {"introspection_encrypted_response_alg": "ECDH-ES", "jwks": public(KEYS["RSA-OAEP-256"])},
        {
            "introspection_encrypted_response_alg": "ECDH-ES",
            "introspection_encrypted_response_enc": "A128GCM",
            "jwks": public(KEYS["ECDH-ES"]),
        },
    ],
)
def test_s6_metadata_that_cannot_be_obeyed_is_refused(house: "House", metadata: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_resource_server(house, **metadata)


def test_s7_the_algorithms_are_announced(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/oauth-authorization-server", body=None, headers={}).json
    assert set(document["introspection_signing_alg_values_supported"]) == set(ASYMMETRIC_ALGORITHMS)
    assert document["introspection_encryption_alg_values_supported"] == list(KEYS)
    assert document["introspection_encryption_enc_values_supported"] == list(ENCRYPTIONS)


def test_d25_a_client_may_have_answers_about_itself_signed(machine: Local, rp: Party, house: "House") -> None:
    own = verified(ask(machine, (rp.client, rp.secret), rp.tokens["access_token"]).text, machine, alg="RS256", typ=TYP)
    assert own["aud"] == rp.client.client_id
    assert own["token_introspection"]["active"] is True
    other = make_client(house)
    foreign = verified(ask(machine, other, rp.tokens["access_token"]).text, machine, alg="RS256", typ=TYP)
    assert foreign["token_introspection"] == {"active": False}
