"""Bound tokens where they are presented (RFC 9449 section 7): userinfo, the gateway, introspection."""

import time
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver.models import spent_ids
from authserver.oauth import client_certificate, dpop
from authserver.resource_server import Access, Configuration, MissingCredential, Protection
from authserver.resource_server.access import read
from tests.conftest import ISSUER
from tests.factories import make_api_key
from tests.gateways.asking import AUTH, Asked, Proxy
from tests.relying_party import FORM, Credentials, Reply, claims_of, encoded
from tests.rfc.answers import challenge, is_active, refuses
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.proofs import make_proof, new_key

USERINFO = f"{ISSUER}/userinfo"
CALL = "https://api.example/v1/realms"
KEY, OTHER = new_key(), new_key()


@pytest.fixture
def rp(party: MakeParty, token_format: str) -> Party:
    """With a token that is bound to KEY."""
    found = party(access_token_format=token_format)
    found.dpop_key = KEY
    assert found.authorize().redeem().json["token_type"] == "DPoP"
    return found


def token_of(rp: Party) -> str:
    return str(rp.tokens["access_token"])


def proof(rp: Party, **changes: Any) -> str:
    made = {"key": KEY, "method": "GET", "url": USERINFO, "token": token_of(rp), "nonce": dpop.nonce(), **changes}
    return make_proof(made.pop("key"), made.pop("method"), made.pop("url"), **made)


def ask(rp: Party, *proofs: str, scheme: str = "DPoP", method: str = "GET", token: str = "") -> Reply:
    sent = {"Authorization": f"{scheme} {token or token_of(rp)}", **({"DPoP": ",".join(proofs)} if proofs else {})}
    return rp.transport.send(method, "/userinfo", body=None, headers=sent)


def is_refused(reply: Reply, error: str = "invalid_token") -> None:
    """401 with the challenge of section 7.1."""
    refuses(reply, error, 401)
    scheme, parameters = challenge(reply)
    assert (scheme, parameters["error"]) == ("DPoP", error)
    assert "ES256" in parameters["algs"].split()


# -- /userinfo ---------------------------------------------------------------------------------------------------------


def test_s7_1_a_bound_token_and_its_proof(rp: Party) -> None:
    assert rp.userinfo().json["sub"] == rp.user.id
    assert ask(rp, proof(rp), scheme="dpop").status_code == 200
    assert ask(rp, proof(rp, method="POST"), method="POST").status_code == 200


def test_DP3_a_bound_token_is_no_bearer_token(rp: Party) -> None:
    is_refused(ask(rp, scheme="Bearer"))
    is_refused(ask(rp, proof(rp), scheme="Bearer"))
    is_refused(ask(rp))  # nor is it good by the right scheme alone
    body = encoded({"access_token": token_of(rp)})
    headers = {"Content-Type": FORM, "DPoP": proof(rp, method="POST")}
    is_refused(rp.transport.send("POST", "/userinfo", body=body, headers=headers))


@pytest.mark.parametrize("changes", [{"key": OTHER}, {"token": "at_another"}, {"token": None}, {"ath": ""}])
def test_DP3_the_proof_of_another_key_or_token(rp: Party, changes: dict[str, Any]) -> None:
    is_refused(ask(rp, proof(rp, **changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"}, {"url": f"{ISSUER}/token"}, {"url": "https://evil.example/userinfo"}, {"jti": None},
        {"iat": 1}, {"header": {"typ": "JWT"}}, {"header": {"jwk": KEY.as_dict(private=True)}}, {"pad": "x" * 8192},
    ],
)  # fmt: skip
def test_DP1_a_proof_of_another_request_or_form(rp: Party, changes: dict[str, Any]) -> None:
    is_refused(ask(rp, proof(rp, **changes)), "invalid_dpop_proof")


def test_DP1_a_proof_is_good_once_and_alone(rp: Party) -> None:
    made = proof(rp)
    assert ask(rp, made).status_code == 200
    is_refused(ask(rp, made), "invalid_dpop_proof")
    is_refused(ask(rp, proof(rp), proof(rp)), "invalid_dpop_proof")


def test_DP2_the_nonce_is_demanded_by_a_challenge(rp: Party) -> None:
    reply = ask(rp, proof(rp, nonce=None))
    is_refused(reply, "use_dpop_nonce")
    assert ask(rp, proof(rp, nonce=reply.headers["DPoP-Nonce"])).status_code == 200


def test_s7_1_a_token_that_is_not_bound_is_a_bearer_token(party: MakeParty, token_format: str) -> None:
    rp = party(access_token_format=token_format)
    rp.authorize().redeem()
    reply = ask(rp, proof(rp))
    refuses(reply, "invalid_token", 401)
    assert challenge(reply)[0] == "Bearer"
    assert rp.userinfo().status_code == 200
    assert ask(rp, "no proof at all", scheme="Bearer").status_code == 200  # whatever stands beside it


def test_s7_1_what_is_no_token_at_all(rp: Party) -> None:
    refuses(ask(rp, proof(rp), token="at_unknown"), "invalid_token", 401)
    rp.revoke()
    refuses(ask(rp, proof(rp)), "invalid_token", 401)


# -- /introspect -------------------------------------------------------------------------------------------------------


def test_IN12_introspection_tells_what_a_token_is_bound_to(rp: Party, api: Credentials) -> None:
    claims = is_active(rp.introspect(as_=api))
    assert (claims["token_type"], claims["cnf"]) == ("DPoP", {"jkt": KEY.thumbprint()})


def test_s6_1_the_claim_of_a_signed_token(party: MakeParty) -> None:
    rp = party()
    rp.dpop_key = KEY
    rp.authorize().redeem()
    assert claims_of(token_of(rp))["cnf"] == {"jkt": KEY.thumbprint()}


class Asking:
    """The package for other people's APIs, with this server in the same process."""

    def __init__(self, rp: Party, api: Credentials) -> None:
        self._rp, self._api = rp, api

    def introspect(self, token: str, *, ip: str | None, cost: int | None, follows: bool = False) -> Access | None:
        return read(self._rp.introspect(token, as_=self._api).json, now=int(time.time()))

    def count_anonymous(self, ip: str) -> Access:
        raise MissingCredential()


def test_IN12_other_apis_check_the_proof_by_what_introspection_says(rp: Party, api: Credentials) -> None:
    audience = str(api[0].audience)
    configuration = Configuration(ISSUER, "api", "secret", audience, metered=False, follow_revocations=False)
    app, protection = Flask(__name__), Protection()
    protection.init_app(app, configuration, Asking(rp, api))
    app.add_url_rule("/v1/realms", view_func=protection.requires("read:realms")(lambda: protection.access.sub))
    url = configuration.own_origin + "/v1/realms"

    def call(scheme: str = "DPoP", **changes: Any) -> int:
        made = proof(rp, **{"url": url, "nonce": None, **changes})
        headers = {"Authorization": f"{scheme} {token_of(rp)}", "DPoP": made}
        return app.test_client().get("/v1/realms", headers=headers).status_code

    assert [call(), call(scheme="Bearer"), call(key=OTHER), call(url=f"{url}/7")] == [200, 401, 401, 401]


# -- /v1 ---------------------------------------------------------------------------------------------------------------


def test_DP3_the_management_api_takes_a_bound_token_with_its_proof_only(party: MakeParty, token_format: str) -> None:
    rp = party(access_token_format=token_format, scope="openid manage")
    rp.dpop_key = KEY
    rp.authorize().redeem()
    sent = {"Authorization": f"DPoP {token_of(rp)}"}
    reply = rp.send_proven("GET", "/v1/api-keys", headers=sent, token=token_of(rp))
    assert (reply.status_code, reply.json["items"]) == (200, [])
    bearer = {"Authorization": f"Bearer {token_of(rp)}"}
    for headers in (sent, bearer, {**bearer, "DPoP": proof(rp, url=f"{ISSUER}/v1/api-keys")}):
        reply = rp.transport.send("GET", "/v1/api-keys", body=None, headers=headers)
        assert reply.status_code == 401
        assert challenge(reply)[0] == "DPoP"
    reply = rp.transport.send("GET", "/v1/api-keys", body=None, headers={**sent, "DPoP": proof(rp, nonce=None)})
    assert (reply.status_code, challenge(reply)[0]) == (401, "DPoP")


# -- /gateway/auth -----------------------------------------------------------------------------------------------------

#: How proxies tell the request `GET https://api.example/v1/realms?page=2`.
NGINX = {"X-Original-Method": "GET", "X-Original-URL": f"{CALL}?page=2"}
TRAEFIK = {
    "X-Forwarded-Method": "GET",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "api.example",
    "X-Forwarded-Uri": "/v1/realms?page=2",
}


@pytest.fixture
def proxy(http: FlaskClient) -> Proxy:
    return Proxy(http)


def through(proxy: Proxy, rp: Party, *proofs: str, told: dict[str, str], scheme: str = "DPoP", **more: Any) -> Asked:
    beside = {"DPoP": ",".join(proofs)} if proofs else {}
    return proxy.ask(headers={"Authorization": f"{scheme} {token_of(rp)}", **beside, **told}, **more)


def call_proof(rp: Party, **changes: Any) -> str:
    return proof(rp, **{"url": CALL, "nonce": None, **changes})


@pytest.mark.parametrize("told", [NGINX, TRAEFIK], ids=["nginx", "traefik"])
def test_s7_a_bound_token_passes_with_the_proof_of_the_call(rp: Party, proxy: Proxy, told: dict[str, str]) -> None:
    asked = through(proxy, rp, call_proof(rp), told=told)
    assert (asked.status, asked.who("User")) == (200, rp.user.id), asked.body


@pytest.mark.parametrize("prefix", [AUTH, f"{AUTH};scope=read:realms"])
def test_s7_envoy_appends_the_path_of_the_call(rp: Party, proxy: Proxy, prefix: str) -> None:
    told = {"Host": "api.example", "X-Forwarded-Proto": "https"}
    path = f"{prefix}/v1/realms"
    made = call_proof(rp, method="PUT")
    assert through(proxy, rp, made, told=told, path=path, method="PUT").status == 200
    assert through(proxy, rp, call_proof(rp), told=told, path=path, method="PUT").status == 401


def test_DP3_at_the_gateway(rp: Party, proxy: Proxy) -> None:
    for asked in (
        through(proxy, rp, told=NGINX),
        through(proxy, rp, told=NGINX, scheme="Bearer"),
        through(proxy, rp, call_proof(rp), told=NGINX, scheme="Bearer"),
        through(proxy, rp, call_proof(rp, key=OTHER), told=NGINX),
        through(proxy, rp, call_proof(rp, token="at_another"), told=NGINX),
        proxy.ask(headers={"X-API-Key": token_of(rp), "DPoP": call_proof(rp), **NGINX}),
    ):
        assert (asked.status, asked.who("User")) == (401, "")
        assert asked.challenge is not None
        assert asked.challenge.startswith('DPoP realm="authserver", error="invalid_token"')
        assert asked.problem["error"] == "invalid_token"


def test_DP1_at_the_gateway(rp: Party, proxy: Proxy) -> None:
    made = call_proof(rp)
    assert through(proxy, rp, made, told=NGINX).status == 200
    for again in (made, call_proof(rp, method="POST"), call_proof(rp, url=f"{CALL}/7"), call_proof(rp, iat=1)):
        asked = through(proxy, rp, again, told=NGINX)
        assert (asked.status, asked.problem["error"]) == (401, "invalid_dpop_proof")


def test_s7_a_gateway_that_is_not_told_the_request_says_so(rp: Party, proxy: Proxy) -> None:
    for told in ({}, {"X-Original-URL": CALL}, {"X-Forwarded-Method": "GET"}, {**TRAEFIK, "X-Forwarded-Uri": "realms"}):
        asked = through(proxy, rp, call_proof(rp), told=told)
        assert (asked.status, asked.problem["error"]) == (401, "invalid_token")
        assert "X-Original-Method" in asked.problem["detail"]


def test_s7_what_a_caller_slips_in_beside_its_proxy_is_refused(rp: Party, proxy: Proxy) -> None:
    forged = {**TRAEFIK, "X-Original-Method": "GET", "X-Original-URL": "https://api.example/v1/public"}
    made = call_proof(rp, url="https://api.example/v1/public")
    assert through(proxy, rp, made, told=forged).status == 401
    assert through(proxy, rp, call_proof(rp), told={**TRAEFIK, **NGINX}).status == 200


def test_s7_a_key_and_an_unbound_token_are_bearer_credentials_there(
    party: MakeParty, proxy: Proxy, house: Any
) -> None:
    rp = party()
    rp.authorize().redeem()
    _, key = make_api_key(house, rp.user)
    assert through(proxy, rp, call_proof(rp), told=NGINX).status == 401
    assert proxy.ask(headers={"Authorization": f"DPoP {key}", "DPoP": call_proof(rp, token=key), **NGINX}).status == 401
    assert through(proxy, rp, told=NGINX, scheme="Bearer").status == 200
    assert proxy.ask(key).status == 200


def test_s11_1_a_proof_is_remembered_as_long_as_it_could_be_good(
    rp: Party, proxy: Proxy, frozen: time_machine.Traveller
) -> None:
    made = call_proof(rp, iat=int(time.time()) + 59)
    assert through(proxy, rp, made, told=NGINX).status == 200
    frozen.shift(359)
    assert through(proxy, rp, made, told=NGINX).status == 401


def test_a_request_without_a_proof_pays_nothing(
    party: MakeParty, token_format: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((dpop, "verify"), (spent_ids, "spend"), (client_certificate, "presented")):
        monkeypatch.setattr(module, name, lambda *given, **named: pytest.fail("nobody has asked for it"))
    rp = party(access_token_format=token_format)
    rp.authorize().redeem()
    rp.refresh()
    assert rp.userinfo().status_code == 200
    assert proxy.ask(token_of(rp)).status == 200
