"""DPoP at the token endpoint (RFC 9449): tokens that are bound to a key, whatever grant has bought them."""

import json
import time
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from authserver.oauth import dpop
from authserver.oauth.device import GRANT_TYPE as DEVICE_CODE
from authserver.oauth.errors import InvalidClientMetadataError
from tests.conftest import ISSUER
from tests.factories import make_client
from tests.relying_party import FORM, Credentials, RelyingParty, Reply, authentication, claims_of, encoded
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.proofs import make_proof, new_key

if TYPE_CHECKING:
    from authserver.composition import House

TOKEN = f"{ISSUER}/token"
KEY, OTHER = new_key(), new_key()


@pytest.fixture
def itself(http: FlaskClient, house: "House") -> RelyingParty:
    """A client that asks for tokens of its own."""
    return RelyingParty(http, *make_client(house, type="machine", scope="read:realms"))


def ask(rp: RelyingParty, *proofs: str, **parameters: Any) -> Reply:
    """A token request with these very headers."""
    form, headers = authentication(rp.client, rp.secret)
    body = encoded({"grant_type": "client_credentials", **form, **parameters})
    sent = {"DPoP": ",".join(proofs)} if proofs else {}  # as WSGI joins fields of one name
    return rp.transport.send("POST", "/token", body=body, headers={"Content-Type": FORM, **headers, **sent})


def proof(**changes: Any) -> str:
    """A good one, unless it is changed."""
    made = {"method": "POST", "url": TOKEN, "key": KEY, "nonce": dpop.nonce(), **changes}
    return make_proof(made.pop("key"), made.pop("method"), made.pop("url"), **made)


def with_key(rp: Party, key: Any = KEY) -> Party:
    rp.dpop_key = key
    return rp


# -- section 5: bound access tokens ------------------------------------------------------------------------------------


def test_s5_a_proof_makes_a_bound_token(
    http: FlaskClient, token_format: str, house: "House", api: Credentials
) -> None:
    client, secret = make_client(house, type="machine", scope="read:realms", access_token_format=token_format)
    rp = RelyingParty(http, client, secret)
    rp.dpop_key = KEY
    reply = rp.token(grant_type="client_credentials")
    assert (reply.status_code, reply.json["token_type"]) == (200, "DPoP"), reply.text
    claims = is_active(rp.introspect(as_=api))
    assert (claims["token_type"], claims["cnf"]) == ("DPoP", {"jkt": KEY.thumbprint()})  # IN12
    if token_format == "jwt":
        assert claims_of(reply.json["access_token"])["cnf"] == {"jkt": KEY.thumbprint()}


def test_s5_without_a_proof_tokens_are_bearer(itself: RelyingParty, api: Credentials) -> None:
    reply = itself.token(grant_type="client_credentials")
    assert reply.json["token_type"] == "Bearer"
    claims = is_active(itself.introspect(as_=api))
    assert claims["token_type"] == "Bearer"
    assert "cnf" not in claims


@pytest.mark.parametrize(
    ("alg", "key"),
    [("RS256", RSAKey.generate_key(2048)), ("PS256", RSAKey.generate_key(2048)), ("EdDSA", OKPKey.generate_key())],
    ids=["RS256", "PS256", "EdDSA"],
)
def test_s5_1_each_announced_algorithm(itself: RelyingParty, alg: str, key: Any) -> None:
    announced = itself.transport.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert alg in announced["dpop_signing_alg_values_supported"]
    assert ask(itself, proof(key=key, alg=alg)).json["token_type"] == "DPoP"


def test_s5_1_no_symmetric_algorithm_and_no_none_is_announced(itself: RelyingParty) -> None:
    announced = itself.transport.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert not {"none", "HS256", "HS384", "HS512"} & set(announced["dpop_signing_alg_values_supported"])


def test_s5_2_a_client_that_demands_bound_tokens_gets_no_other(http: FlaskClient, house: "House") -> None:
    rp = RelyingParty(http, *make_client(house, type="machine", dpop_bound_access_tokens=True))
    assert rp.client.details["dpop_bound_access_tokens"] is True
    refuses(ask(rp), "invalid_request")
    assert ask(rp, proof()).json["token_type"] == "DPoP"


@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_s5_2_the_member_is_true_or_false(house: "House", value: Any) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, dpop_bound_access_tokens=value)


@pytest.mark.parametrize("name", ["code", "device"])
def test_s5_every_grant_binds(party: MakeParty, api: Credentials, name: str) -> None:
    rp = with_key(party(grant_types=["authorization_code", "refresh_token", DEVICE_CODE]))
    if name == "code":
        tokens = rp.authorize().redeem().json
    else:
        codes = rp.post("/device_authorization", {"scope": "openid offline_access read:realms"}).json
        rp._browse("GET", f"/device?user_code={codes['user_code']}")
        rp._submit("/device", {"decision": "allow"})
        tokens = rp.token(grant_type=DEVICE_CODE, device_code=codes["device_code"]).json
    assert tokens["token_type"] == "DPoP", tokens
    refreshed = rp.refresh().json
    assert refreshed["token_type"] == "DPoP"
    for token in (tokens, refreshed):
        assert is_active(rp.introspect(token["access_token"], as_=api))["cnf"] == {"jkt": KEY.thumbprint()}


# -- section 4.3 and 8: proofs that are not taken ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"}, {"htm": None}, {"url": f"{ISSUER}/introspect"}, {"url": "http://evil.example/token"},
        {"url": "https://localhost:8000/token"}, {"htu": None}, {"htu": 7}, {"jti": None}, {"jti": ""},
        {"jti": "x" * 256}, {"iat": None}, {"iat": "now"}, {"header": {"typ": "JWT"}},
        {"header": {"jwk": OTHER.as_dict(private=False)}}, {"header": {"jwk": KEY.as_dict(private=True)}},
    ],
)  # fmt: skip
def test_DP1_a_proof_of_another_request_or_form(itself: RelyingParty, changes: dict[str, Any]) -> None:
    refuses(ask(itself, proof(**changes)), "invalid_dpop_proof")


@pytest.mark.parametrize(("offset", "good"), [(-299, True), (-301, False), (59, True), (61, False)])
def test_DP1_the_time_of_a_proof(
    itself: RelyingParty, offset: int, good: bool, frozen: time_machine.Traveller
) -> None:
    reply = ask(itself, proof(iat=int(time.time()) + offset))
    if good:
        assert reply.status_code == 200, reply.text
    else:
        refuses(reply, "invalid_dpop_proof")


@pytest.mark.parametrize("alg", ["none", "None", "HS256"])
def test_DP1_an_algorithm_that_anybody_can_sign_with(itself: RelyingParty, alg: str) -> None:
    claims = {"htm": "POST", "htu": TOKEN, "iat": int(time.time()), "jti": "j", "nonce": dpop.nonce()}
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": KEY.as_dict(private=False)}
    made = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims)]
    refuses(ask(itself, ".".join([*made, ""])), "invalid_dpop_proof")
    refuses(ask(itself, ".".join([*made, "AAAA"])), "invalid_dpop_proof")


def test_DP1_a_symmetric_key(itself: RelyingParty) -> None:
    key = OctKey.import_key("a secret that everybody knows, long enough")
    head = {"typ": "dpop+jwt", "alg": "HS256", "jwk": key.as_dict(private=True)}
    refuses(ask(itself, jwt.encode(head, {"htm": "POST"}, key, algorithms=["HS256"])), "invalid_dpop_proof")


def test_DP1_two_headers(itself: RelyingParty) -> None:
    refuses(ask(itself, proof(), proof()), "invalid_dpop_proof")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "ey..", "é"])
def test_DP1_what_is_no_proof(itself: RelyingParty, text: str) -> None:
    refuses(ask(itself, text), "invalid_dpop_proof")


def test_DP1_a_proof_is_good_once(itself: RelyingParty) -> None:
    made = proof()
    assert ask(itself, made).status_code == 200
    refuses(ask(itself, made), "invalid_dpop_proof")
    refuses(ask(itself, proof(jti=claims_of(made)["jti"])), "invalid_dpop_proof")
    assert ask(itself, proof(jti=claims_of(made)["jti"], key=OTHER)).status_code == 200  # somebody else's


def test_DP1_a_proof_is_used_up_also_by_a_request_that_fails(itself: RelyingParty) -> None:
    made = proof()
    refuses(ask(itself, made, scope="delete:realms"), "invalid_scope")
    refuses(ask(itself, made), "invalid_dpop_proof")


def test_DP1_a_request_sent_twice_as_it_is_ends_nothing(party: MakeParty, api: Credentials) -> None:
    """Only who can make a new proof shows a stolen code: what a network repeats is refused, and no more."""
    rp = party()
    rp.authorize()
    parameters = {"grant_type": "authorization_code", "code": rp.code, "code_verifier": rp.verifier}
    parameters["redirect_uri"] = rp.sent["redirect_uri"]
    made = proof()
    tokens = ask(rp, made, **parameters).json
    refuses(ask(rp, made, **parameters), "invalid_dpop_proof")
    is_active(rp.introspect(tokens["access_token"], as_=api))
    refuses(ask(rp, proof(), **parameters), "invalid_grant")  # CR1
    is_inactive(rp.introspect(tokens["access_token"], as_=api))


@pytest.mark.parametrize("nonce", [None, "", "0" * 32, 5])
def test_DP2_without_the_nonce_of_this_server(itself: RelyingParty, nonce: Any) -> None:
    reply = ask(itself, proof(nonce=nonce))
    refuses(reply, "use_dpop_nonce")
    assert ask(itself, proof(nonce=reply.headers["DPoP-Nonce"])).json["token_type"] == "DPoP"


def test_DP2_a_nonce_gets_old_and_the_next_one_comes_in_time(
    itself: RelyingParty, frozen: time_machine.Traveller
) -> None:
    nonce = dpop.nonce()
    assert "DPoP-Nonce" not in ask(itself, proof(nonce=nonce)).headers
    frozen.shift(dpop.NONCE_PERIOD)
    reply = ask(itself, proof(nonce=nonce))
    assert reply.status_code == 200
    assert reply.headers["DPoP-Nonce"] == dpop.nonce() != nonce  # section 8.2
    frozen.shift(dpop.NONCE_PERIOD)
    refuses(ask(itself, proof(nonce=nonce)), "use_dpop_nonce")


def test_DP6_a_large_proof(itself: RelyingParty) -> None:
    refuses(ask(itself, proof(pad="x" * 8192)), "invalid_dpop_proof")


def test_s8_the_nonce_can_be_read_by_pages_of_registered_origins(party: MakeParty) -> None:
    origin = "https://app.example"
    rp = party(method="none", allowed_origins=[origin])
    reply = rp.transport.send(
        "POST",
        "/token",
        body=encoded({"grant_type": "refresh_token", "refresh_token": "x", "client_id": rp.client.client_id}),
        headers={"Content-Type": FORM, "Origin": origin, "DPoP": proof(nonce=None)},
    )
    refuses(reply, "use_dpop_nonce")
    assert reply.headers["Access-Control-Allow-Origin"] == origin
    assert "DPoP-Nonce" in reply.headers["Access-Control-Expose-Headers"]
