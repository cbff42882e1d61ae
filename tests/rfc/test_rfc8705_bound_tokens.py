"""Access tokens that are bound to the client's certificate (RFC 8705 sections 3 and 4)."""

import hashlib
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_client
from tests.gateways.asking import Proxy
from tests.relying_party import Credentials, Local, RelyingParty, claims_of
from tests.rfc.answers import challenge, is_active, refuses
from tests.rfc.certificates import Shown, make_certificate, show
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.proofs import new_key

if TYPE_CHECKING:
    from authserver.composition import House

OWN, OTHER = make_certificate(), make_certificate("CN=other")
MEMBER = "tls_client_certificate_bound_access_tokens"
KEY = new_key()


def thumbprint(certificate: Shown) -> str:
    return urlsafe_b64encode(hashlib.sha256(certificate.der).digest()).rstrip(b"=").decode()


def shows(rp: RelyingParty, certificate: Shown | None) -> None:
    assert isinstance(rp.transport, Local)
    show(rp.transport._http, certificate)


@pytest.fixture
def rp(party: MakeParty, token_format: str, method: str) -> Party:
    """With a token that is bound to OWN, whatever way the client proves itself by."""
    found = party(access_token_format=token_format, method=method, **{MEMBER: True})
    shows(found, OWN)
    reply = found.authorize().redeem()
    assert (reply.status_code, reply.json["token_type"]) == (200, "Bearer"), reply.text
    return found


def test_s3_1_the_token_and_introspection_name_the_certificate(rp: Party, api: Credentials) -> None:
    cnf = {"x5t#S256": thumbprint(OWN)}
    claims = is_active(rp.introspect(as_=api))
    assert (claims["cnf"], claims["token_type"]) == (cnf, "Bearer")
    if rp.client.access_token_format == "jwt":
        assert claims_of(rp.tokens["access_token"])["cnf"] == cnf


def test_s3_at_userinfo_the_token_is_good_with_its_certificate_only(rp: Party) -> None:
    assert rp.userinfo().json["sub"] == rp.user.id
    for certificate in (OTHER, None):
        shows(rp, certificate)
        reply = rp.userinfo()
        refuses(reply, "invalid_token", 401)
        assert challenge(reply)[0] == "Bearer"
    shows(rp, OWN)
    assert rp.userinfo().status_code == 200


def test_s3_at_the_gateway(rp: Party, http: FlaskClient) -> None:
    proxy, token = Proxy(http), rp.tokens["access_token"]
    for certificate, status in ((OWN, 200), (OTHER, 401), (None, 401)):
        show(http, certificate)
        assert proxy.ask(token).status == status
        assert proxy.ask(headers={"X-API-Key": token}).status == status
    show(http, None)


def test_s3_a_field_that_no_trusted_proxy_has_set_is_worth_nothing(rp: Party) -> None:
    shows(rp, None)
    sent = {"Authorization": f"Bearer {rp.tokens['access_token']}", "Client-Cert": OWN.field}
    refuses(rp.transport.send("GET", "/userinfo", body=None, headers=sent), "invalid_token", 401)


def test_s3_4_a_client_that_demands_bound_tokens_gets_no_other(party: MakeParty, house: "House") -> None:
    rp = party(**{MEMBER: True})
    assert rp.client.details[MEMBER] is True
    rp.authorize()
    refuses(rp.redeem(), "invalid_request")
    shows(rp, OWN)
    assert rp.redeem().status_code == 200  # nothing was burned
    itself = RelyingParty(rp.transport, *make_client(house, type="machine", **{MEMBER: True}))
    assert "cnf" in claims_of(itself.token(grant_type="client_credentials").json["access_token"])
    shows(rp, None)
    refuses(itself.token(grant_type="client_credentials"), "invalid_request")


def test_s3_4_others_get_unbound_ones_whatever_they_show(party: MakeParty) -> None:
    rp = party()
    shows(rp, OWN)
    assert "cnf" not in claims_of(rp.authorize().redeem().json["access_token"])


def test_s4_refresh_tokens_of_public_clients_are_bound_too(party: MakeParty) -> None:
    rp = party(method="none", **{MEMBER: True})
    shows(rp, OWN)
    rp.authorize().redeem()
    shows(rp, OTHER)
    refuses(rp.refresh(), "invalid_grant")
    shows(rp, None)
    refuses(rp.refresh(), "invalid_grant")
    shows(rp, OWN)
    assert rp.refresh().status_code == 200


def test_s4_confidential_clients_may_renew_their_certificate(party: MakeParty, api: Credentials) -> None:
    rp = party(**{MEMBER: True})
    shows(rp, OWN)
    rp.authorize().redeem()
    shows(rp, OTHER)
    rp.refresh()
    assert is_active(rp.introspect(as_=api))["cnf"] == {"x5t#S256": thumbprint(OTHER)}
    assert rp.userinfo().status_code == 200


def test_s3_beside_a_dpop_key_both_are_demanded(party: MakeParty, api: Credentials) -> None:
    rp = party(method="none", **{MEMBER: True})
    rp.dpop_key = KEY
    shows(rp, OWN)
    rp.authorize().redeem()
    cnf = {"jkt": KEY.thumbprint(), "x5t#S256": thumbprint(OWN)}
    claims = is_active(rp.introspect(as_=api))
    assert (claims["cnf"], claims["token_type"]) == (cnf, "DPoP")
    assert rp.userinfo().status_code == 200
    shows(rp, OTHER)
    refuses(rp.userinfo(), "invalid_token", 401)
    refuses(rp.refresh(), "invalid_grant")
    shows(rp, OWN)
    rp.dpop_key = None
    refuses(rp.userinfo(), "invalid_token", 401)
    refuses(rp.refresh(), "invalid_grant")
    rp.dpop_key = KEY
    assert rp.refresh().status_code == 200


@pytest.mark.parametrize(("proxies", "announced"), [(0, False), (1, True)])
def test_s3_3_it_is_announced_where_certificates_can_arrive(app_with: Any, proxies: int, announced: bool) -> None:
    app: Flask = app_with(trusted_proxies=proxies)
    document = app.test_client().get("/.well-known/oauth-authorization-server").get_json()
    assert document[MEMBER] is announced
