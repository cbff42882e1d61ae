"""The relying party of the tests: it walks every page, and each of its parameters can be broken."""

from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from tests.factories import make_client, make_resource_server, make_user
from tests.relying_party import RelyingParty, claims_of

if TYPE_CHECKING:
    from authserver.composition import House

SCOPE = "openid offline_access read:realms"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_whole_flow(method: str, mode: str, house: "House", http: FlaskClient) -> None:
    user, password = make_user(house)
    party = RelyingParty(http, *make_client(house, token_endpoint_auth_method=method))
    assert party.authorize(scope=SCOPE, response_mode=mode).at == "/login"
    assert party.sign_in(user, password).at == "/consent"
    assert set(party.consent("allow").answer) == {"code", "state", "iss"}
    assert party.answer["state"] == party.sent["state"]
    assert party.redeem().status_code == party.refresh().status_code == 200
    assert claims_of(party.tokens["access_token"])["sub"] == party.userinfo().json["sub"] == user.id
    assert party.introspect(as_=make_resource_server(house)).json["active"] is True
    assert party.revoke().status_code == 200
    assert party.introspect(as_=make_resource_server(house)).json == {"active": False}


def test_denial_comes_back_as_an_error(house: "House", http: FlaskClient) -> None:
    party = RelyingParty(http, *make_client(house))
    party.sign_in(*make_user(house)).authorize().consent("deny")
    assert party.answer["error"] == "access_denied"


def test_every_parameter_can_be_dropped_replaced_and_repeated(house: "House", http: FlaskClient) -> None:
    party = RelyingParty(http, *make_client(house, trusted=True))
    party.sign_in(*make_user(house))
    assert party.authorize(code_challenge=None).answer["error"] == "invalid_request"
    assert party.authorize(scope=["openid", "profile"]).answer["error"] == "invalid_request"
    assert party.authorize(scope="nonsense").answer["error"] == "invalid_scope"
    assert party.authorize().redeem(code_verifier=None).status_code == 400
    assert party.authorize().redeem(redirect_uri="https://client.example/other").error == "invalid_grant"


def test_form_that_is_not_there_is_told_with_the_page(house: "House", http: FlaskClient) -> None:
    party = RelyingParty(http, *make_client(house))
    with pytest.raises(AssertionError, match="no form for /consent"):
        party.authorize().consent()


def test_scopes_are_chosen_by_check_boxes(house: "House", http: FlaskClient) -> None:
    party = RelyingParty(http, *make_client(house, allow_scope_deselect=True))
    party.sign_in(*make_user(house)).authorize(scope="openid read:realms delete:realms")
    assert party.form("/consent").choices["decision"] == ["allow", "deny"]
    assert party.form("/consent").values["scope"] == ["read:realms"]  # delete:* is not checked (decision 11)
    party.consent(scope=["delete:realms"]).redeem()
    assert set(party.tokens["scope"].split()) == {"openid", "delete:realms"}
