"""The claims parameter (OpenID Connect Core section 5.5): single claims, where they go, and what they must be."""

import json
from typing import Any

import pytest
from flask import Flask

from authserver.oauth import withdrawal
from authserver.oauth.oidc.claims import BY_SCOPE
from tests.factories import make_user, within
from tests.forms import forms
from tests.relying_party import RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.details import claims, id_token, stranger_at
from tests.rfc.front_channel import unchanged

OPENID = {"scope": "openid"}
TOO_MANY = {f"c{number}": None for number in range(101)}
MALFORMED = (
    "x",
    "[]",
    '"email"',
    "null",
    "{",
    '{"id_token": []}',
    '{"userinfo": "email"}',
    '{"id_token": {"email": true}}',
    '{"id_token": {"email": {"essential": "yes"}}}',
    '{"id_token": {"sub": {"value": 7}}}',
    '{"id_token": {"sub": {"values": "x"}}}',
    '{"id_token": {"acr": {"values": [""]}}}',
    '{"id_token": {"email": null, "email": null}}',
    '{"id_token": {"sub": {"value": "\\ud800"}}}',
    '{"id_token": {"sub": {"value": "\\u0000"}}}',
    '{"id_token": NaN}',
    "[" * 3000,
    '{"a":' * 1500,
    json.dumps({"id_token": TOO_MANY}),
    json.dumps({"id_token": {"acr": {"values": [str(number) for number in range(21)]}}}),
    json.dumps({"x": "y" * 8192}),
)


def error_of(rp: RelyingParty) -> str | None:
    assert rp.answer.get("state") == rp.sent["state"], rp.reply
    return rp.answer.get("error")


# -- which claims come, and where --------------------------------------------------------------------------------------


def test_s5_5_claims_come_where_they_are_asked_for(party: MakeParty) -> None:
    rp = party()
    asked = claims(id_token={"email": None}, userinfo={"name": {"essential": True}})
    granted(rp.authorize(**OPENID, claims=asked).redeem())
    assert id_token(rp)["email"] == rp.user.email
    assert "name" not in id_token(rp)
    told = rp.userinfo().json
    assert told == {"sub": rp.user.id, "name": rp.user.name}


def test_s5_5_claims_of_scopes_stay_where_they_were(party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize(scope="openid email", claims=claims(id_token={"name": None})).redeem())
    assert id_token(rp)["name"] == rp.user.name
    assert "email" not in id_token(rp)
    assert rp.userinfo().json == {"sub": rp.user.id, "email": rp.user.email, "email_verified": True}


def test_s5_5_they_come_again_with_a_refresh(party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize(scope="openid offline_access", claims=claims(id_token={"email": None})).redeem())
    granted(rp.refresh())
    assert id_token(rp)["email"] == rp.user.email


def test_s5_5_of_a_scope_that_a_refresh_leaves_out_no_claim_comes(party: MakeParty) -> None:
    rp = party()
    asked = claims(id_token={"email": None})
    granted(rp.authorize(scope="openid email offline_access", claims=asked).redeem())
    assert id_token(rp)["email"] == rp.user.email
    granted(rp.refresh(scope="openid"))
    assert "email" not in id_token(rp)


@pytest.mark.parametrize("name", [name for names in BY_SCOPE.values() for name in names])
def test_s5_5_no_claim_that_the_client_may_not_ask_for(party: MakeParty, name: str) -> None:
    """Section 5.5.1: also an essential one that is not available is no error."""
    rp = party(scope="openid read:realms")
    wish = {name: {"essential": True}}
    granted(rp.authorize(**OPENID, claims=claims(id_token=wish, userinfo=wish)).redeem())
    assert name not in id_token(rp)
    assert name not in rp.userinfo().json


def test_s5_5_what_is_not_understood_is_ignored(party: MakeParty) -> None:
    rp = party()
    asked = claims(
        id_token={"email": {"value": "other@people.example", "purpose": "x"}, "name#fr": 7, "verified_claims": [{}]},
        further={"x": 1},
    )
    granted(rp.authorize(**OPENID, claims=asked).redeem())
    assert id_token(rp)["email"] == rp.user.email  # never what was proposed
    assert not {"name#fr", "name", "verified_claims", "further"} & set(id_token(rp))


def test_s5_5_nothing_replaces_the_claims_of_the_id_token_itself(party: MakeParty) -> None:
    rp = party()
    wish = {name: {"value": "forged"} for name in ("iss", "aud", "exp", "nonce", "at_hash", "auth_time", "amr", "sid")}
    granted(rp.authorize(**OPENID, claims=claims(id_token=wish, userinfo=wish)).redeem())
    assert "forged" not in json.dumps(id_token(rp))
    assert id_token(rp)["nonce"] == rp.sent["nonce"]
    assert rp.userinfo().json == {"sub": rp.user.id}


def test_s5_5_plain_oauth_does_not_know_the_parameter(party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize(scope="read:realms", claims="malformed").redeem())
    assert "id_token" not in rp.tokens


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_s5_5_malformed_is_invalid_request_and_changes_nothing(app: Flask, party: MakeParty, text: str) -> None:
    rp = party()
    with unchanged(app):
        assert error_of(rp.authorize(**OPENID, claims=text)) == "invalid_request"


def test_s3_1_2_1_auth_time_comes_when_it_is_essential(party: MakeParty) -> None:
    rp = party()
    granted(rp.authorize(**OPENID, claims=claims(id_token={"auth_time": {"essential": True}})).redeem())
    assert isinstance(id_token(rp)["auth_time"], int)


# -- sub and acr with a value ------------------------------------------------------------------------------------------


def test_s5_5_1_sub_of_the_person_who_is_signed_in(party: MakeParty) -> None:
    rp = party()
    for wish in ({"value": rp.user.id}, {"values": ["somebody", rp.user.id]}):
        granted(rp.authorize(**OPENID, prompt="none", claims=claims(id_token={"sub": wish})).redeem())
        assert id_token(rp)["sub"] == rp.user.id


def test_s5_5_1_sub_of_another_is_login_required_without_a_page(app: Flask, party: MakeParty) -> None:
    other, _ = make_user(app.extensions["authserver.house"])
    asked = claims(id_token={"sub": {"value": other.id}})
    assert error_of(party().authorize(**OPENID, prompt="none", claims=asked)) == "login_required"


def test_s5_5_1_sub_of_another_asks_for_a_sign_in_and_takes_no_other(app: Flask, party: MakeParty) -> None:
    house = app.extensions["authserver.house"]
    wanted, password = make_user(house)
    third, third_password = make_user(house)
    rp = party()
    asked = claims(id_token={"sub": {"value": wanted.id}})
    assert rp.authorize(**OPENID, claims=asked).at == "/login"
    assert error_of(rp.sign_in(third, third_password)) == "login_required"
    assert rp.authorize(**OPENID, claims=asked).at == "/login"
    granted(rp.sign_in(wanted, password).redeem())
    assert id_token(rp)["sub"] == wanted.id


def test_s5_5_1_pairwise_sub_is_understood_as_the_client_knows_it(party: MakeParty) -> None:
    rp = party(subject_type="pairwise")
    granted(rp.authorize(**OPENID).redeem())
    own = id_token(rp)["sub"]
    assert own != rp.user.id
    ask: dict[str, Any] = {**OPENID, "prompt": "none"}
    granted(rp.authorize(**ask, claims=claims(id_token={"sub": {"value": own}})).redeem())
    assert error_of(rp.authorize(**ask, claims=claims(id_token={"sub": {"value": rp.user.id}}))) == "login_required"


@pytest.mark.parametrize("wish", [{"value": "2"}, {"values": ["2", "phr"]}])
def test_s5_5_1_1_essential_acr_that_cannot_be_reached(app: Flask, party: MakeParty, wish: dict[str, Any]) -> None:
    rp = party()
    with unchanged(app):
        rp.authorize(**OPENID, claims=claims(id_token={"acr": {"essential": True, **wish}}))
        assert error_of(rp) == "unmet_authentication_requirements"
        assert rp.answer["error_uri"].partition("#")[0].endswith("/docs/errors/unmet_authentication_requirements")


@pytest.mark.parametrize("wish", [{"essential": True}, {"essential": True, "values": ["2", "1"]}, {"value": "2"}])
def test_s5_5_1_1_acr_that_can_be_reached_or_is_only_wished_for(party: MakeParty, wish: dict[str, Any]) -> None:
    rp = party()
    granted(rp.authorize(**OPENID, claims=claims(id_token={"acr": wish})).redeem())
    assert id_token(rp)["acr"] == "1"


# -- consent -----------------------------------------------------------------------------------------------------------

ASKED = claims(id_token={"email": None}, userinfo={"name": None})


def page(rp: Party) -> str:
    assert rp.at == "/consent", rp.reply
    assert rp.reply is not None
    return rp.reply.text


def test_s5_5_consent_says_in_words_what_no_scope_carries(app: Flask) -> None:
    rp = stranger_at(app)
    text = page(rp.authorize(**OPENID, claims=ASKED))
    assert "Your e-mail address" in text
    assert "Your name" in text
    assert "Your user name" not in text
    granted(rp.consent().redeem())
    assert id_token(rp)["email"] == rp.user.email
    assert rp.userinfo().json["name"] == rp.user.name


def test_s5_5_consent_to_a_scope_covers_its_claims_and_names_them_once(app: Flask) -> None:
    rp = stranger_at(app)
    text = page(rp.authorize(scope="openid email profile", claims=ASKED))
    assert "Your e-mail address" not in text
    granted(rp.consent().redeem())
    assert id_token(rp)["email"] == rp.user.email
    assert rp.authorize(**OPENID, claims=ASKED).answer["code"]  # fewer scopes, and no more facts


def test_s5_5_denied_gives_nothing_and_asks_again(app: Flask) -> None:
    rp = stranger_at(app)
    assert error_of(rp.authorize(**OPENID, claims=ASKED).consent("deny")) == "access_denied"
    assert rp.authorize(**OPENID, claims=ASKED).at == "/consent"


def test_s5_5_consent_to_scopes_is_none_to_further_claims(app: Flask) -> None:
    rp = stranger_at(app)
    granted(rp.authorize(**OPENID).consent().redeem())
    assert error_of(rp.authorize(**OPENID, prompt="none", claims=ASKED)) == "consent_required"
    text = page(rp.authorize(**OPENID, claims=ASKED))
    assert "wants more than you have allowed before" in text
    granted(rp.consent().redeem())
    granted(rp.authorize(**OPENID, prompt="none", claims=ASKED).redeem())  # now they are known
    assert id_token(rp)["email"] == rp.user.email
    more = claims(id_token={"email": None, "preferred_username": None})
    assert error_of(rp.authorize(**OPENID, prompt="none", claims=more)) == "consent_required"


def test_s5_5_of_a_scope_that_was_left_out_no_claim_comes(app: Flask) -> None:
    rp = stranger_at(app, allow_scope_deselect=True)
    asked = claims(id_token={"email": None}, userinfo={"email": None})
    page(rp.authorize(scope="openid email read:realms", claims=asked))
    granted(rp.consent(scope=["read:realms"]).redeem())
    assert rp.tokens["scope"] == "openid read:realms"
    assert "email" not in id_token(rp)
    assert "email" not in rp.userinfo().json


@pytest.mark.parametrize("scope", ["openid email", "openid"])
def test_s5_5_what_is_taken_back_ends_for_claims_too(app: Flask, scope: str) -> None:
    """RF8: also where the claim was asked for without its scope, under a consent that has the scope."""
    rp = stranger_at(app)
    asked = claims(userinfo={"email": None})
    granted(rp.authorize(scope="openid email read:realms", claims=asked).consent().redeem())
    granted(rp.authorize(scope=f"{scope} read:realms", claims=asked, prompt="none").redeem())
    assert rp.userinfo().json["email"] == rp.user.email
    with within(app.extensions["authserver.house"]):
        withdrawal.withdraw_scope("email", user_id=rp.user.id, client_id=rp.client.client_id, actor=rp.user.id)
    assert rp.userinfo().json == {"sub": rp.user.id}
    assert error_of(rp.authorize(**OPENID, claims=asked, prompt="none")) == "consent_required"


def test_AZ22_claims_of_the_form_count_for_nothing(app: Flask) -> None:
    rp = stranger_at(app)
    page(rp.authorize(**OPENID, claims=claims(userinfo={"name": None})))
    granted(rp.consent(claims=claims(userinfo={"email": None})).redeem())
    assert set(rp.userinfo().json) == {"sub", "name"}


def test_s5_5_the_same_is_asked_for_when_a_request_starts_again(app: Flask) -> None:
    rp = stranger_at(app)
    page(rp.authorize(**OPENID, claims=ASKED, acr_values="1"))
    assert error_of(rp.consent("deny")) == "access_denied"
    assert rp.reply is not None
    rp._browse("GET", rp.reply.path)  # back: the page that starts it again
    assert rp.reply is not None
    again = next(form for form in forms(rp.reply.text) if form.action == "/authorize/again")
    rp._submit("/authorize/again", again.values)
    assert "Your e-mail address" in page(rp)
    granted(rp.consent().redeem())
    assert id_token(rp)["email"] == rp.user.email


def test_s3_discovery_says_so(party: MakeParty) -> None:
    rp = party()
    metadata = rp.transport.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert metadata["claims_parameter_supported"] is True
    assert {name for names in BY_SCOPE.values() for name in names} <= set(metadata["claims_supported"])
