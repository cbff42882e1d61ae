"""Codes and refresh tokens that belong to a key (RFC 9449 sections 5 and 10)."""

import pytest
import time_machine

from tests.relying_party import Credentials
from tests.rfc.answers import is_active, refuses
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.proofs import Key, new_key

KEY, OTHER = new_key(), new_key()


def with_key(rp: Party, key: Key = KEY) -> Party:
    rp.dpop_key = key
    return rp


# -- section 5: refresh tokens -----------------------------------------------------------------------------------------


def test_DP4_the_refresh_token_of_a_public_client_is_bound_to_its_key(party: MakeParty) -> None:
    rp = with_key(party(method="none"))
    first = rp.authorize().redeem().json["refresh_token"]
    rp.dpop_key = OTHER
    refuses(rp.refresh(refresh_token=first), "invalid_grant")
    rp.dpop_key = None
    refuses(rp.refresh(refresh_token=first), "invalid_grant")
    rp.dpop_key = KEY
    reply = rp.refresh(refresh_token=first)  # nothing was burned by those
    assert reply.json["token_type"] == "DPoP", reply.text
    rp.dpop_key = OTHER
    refuses(rp.refresh(), "invalid_grant")  # and so is its successor


def test_DP4_a_used_refresh_token_without_the_key_ends_nothing(
    party: MakeParty, frozen: time_machine.Traveller
) -> None:
    rp = with_key(party(method="none"))
    first = rp.authorize().redeem().json["refresh_token"]
    second = rp.refresh().json["refresh_token"]
    frozen.shift(60)  # beyond the grace
    rp.dpop_key = OTHER
    refuses(rp.refresh(refresh_token=first), "invalid_grant")
    rp.dpop_key = KEY
    third = rp.refresh(refresh_token=second)
    assert third.status_code == 200, third.text
    refuses(rp.refresh(refresh_token=first), "invalid_grant")  # by the right key it is a replay (RF1)
    refuses(rp.refresh(refresh_token=third.json["refresh_token"]), "invalid_grant")


def test_DP4_a_bearer_family_of_a_public_client_is_bound_by_its_first_proof(party: MakeParty) -> None:
    rp = party(method="none")
    rp.authorize().redeem()
    rp.dpop_key = KEY
    assert rp.refresh().json["token_type"] == "DPoP"
    rp.dpop_key = None
    refuses(rp.refresh(), "invalid_grant")


def test_DP4_a_confidential_client_may_change_its_key(party: MakeParty, api: Credentials) -> None:
    rp = with_key(party())
    rp.authorize().redeem()
    rp.dpop_key = OTHER
    assert rp.refresh().json["token_type"] == "DPoP"
    assert is_active(rp.introspect(as_=api))["cnf"] == {"jkt": OTHER.thumbprint()}
    rp.dpop_key = None
    assert rp.refresh().json["token_type"] == "Bearer"


def test_DP4_a_confidential_client_that_demands_bound_tokens_refreshes_with_a_proof_only(party: MakeParty) -> None:
    rp = with_key(party(dpop_bound_access_tokens=True))
    rp.authorize().redeem()
    token, rp.dpop_key = rp.tokens["refresh_token"], None
    refuses(rp.refresh(refresh_token=token), "invalid_request")
    rp.dpop_key = KEY
    assert rp.refresh(refresh_token=token).json["token_type"] == "DPoP"


# -- section 10: codes that are bound to a key -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
def test_DP5_a_code_is_redeemed_by_the_key_that_asked_for_it(party: MakeParty, method: str) -> None:
    rp = party(method=method)
    rp.authorize(dpop_jkt=KEY.thumbprint())
    for key in (OTHER, None):
        rp.dpop_key = key
        refuses(rp.redeem(), "invalid_grant")
    rp.dpop_key = KEY
    assert rp.redeem().json["token_type"] == "DPoP"  # nothing was burned
