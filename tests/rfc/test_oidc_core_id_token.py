"""ID tokens (OpenID Connect Core sections 2, 3.1.3.3, 3.1.3.6, 12.2)."""

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.relying_party import Local
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty
from tests.rfc.forgery import parts

if TYPE_CHECKING:
    from authserver.composition import House

ALGORITHMS = {"RS256": "sha256", "PS256": "sha256", "ES256": "sha256", "EdDSA": "sha512"}
CLAIMS = {"iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"}


def _keys(machine: Local) -> KeySet:
    return KeySet.import_key_set(machine.send("GET", "/.well-known/jwks.json", body=None, headers={}).json)


def _half(token: str, algorithm: str) -> str:
    """Section 3.1.3.6, written down again."""
    digest = hashlib.new(algorithm, token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_s3_1_3_7_signature_verifies_by_the_published_keys(
    party: MakeParty, machine: Local, token_format: str, alg: str
) -> None:
    rp = party(id_token_signed_response_alg=alg, access_token_format=token_format)
    tokens = granted(rp.authorize().redeem())
    header, _ = parts(tokens["id_token"])
    assert (header["alg"], header["typ"]) == (alg, "JWT")
    claims: dict[str, Any] = jwt.decode(tokens["id_token"], _keys(machine), algorithms=[alg]).claims
    assert claims["at_hash"] == _half(tokens["access_token"], ALGORITHMS[alg])


def test_s2_default_algorithm_is_rs256(party: MakeParty) -> None:
    assert parts(granted(party().authorize().redeem())["id_token"])[0]["alg"] == "RS256"


def test_s2_claims(house: "House", party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party()
    frozen.shift(30)
    _, claims = parts(granted(rp.authorize().redeem())["id_token"])
    assert set(claims) == CLAIMS
    assert (claims["iss"], claims["sub"]) == (house.settings.issuer, rp.user.id)
    assert claims["aud"] == rp.client.client_id  # a string, not a list
    assert claims["nonce"] == rp.sent["nonce"]
    assert claims["exp"] - claims["iat"] == house.settings.id_token_ttl
    assert claims["iat"] - claims["auth_time"] == 30
    assert (claims["acr"], claims["amr"]) == ("1", ["pwd"])
    assert claims["sid"]


@pytest.mark.parametrize("nonce", ["n", "é 𐍈 <&\"'", "n" * 2000])
def test_s3_1_2_1_nonce_comes_back_unchanged(party: MakeParty, nonce: str) -> None:
    rp = party()
    assert parts(granted(rp.authorize(nonce=nonce).redeem())["id_token"])[1]["nonce"] == nonce


def test_s3_1_2_1_without_nonce_there_is_none(party: MakeParty) -> None:
    rp = party()
    assert "nonce" not in parts(granted(rp.authorize(nonce=None).redeem())["id_token"])[1]


def test_s12_2_refresh_keeps_who_when_and_for_whom(
    party: MakeParty, frozen: time_machine.Traveller, token_format: str
) -> None:
    rp = party(access_token_format=token_format)
    _, first = parts(granted(rp.authorize().redeem())["id_token"])
    frozen.shift(100)
    tokens = granted(rp.refresh())
    _, second = parts(tokens["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert second[name] == first[name]
    assert second["iat"] == first["iat"] + 100
    assert second["at_hash"] == _half(tokens["access_token"], "sha256")
    assert "nonce" not in second


def test_s2_auth_time_is_of_the_sign_in_not_of_the_authorization(
    party: MakeParty, frozen: time_machine.Traveller
) -> None:
    rp = party()
    _, first = parts(granted(rp.authorize().redeem())["id_token"])
    frozen.shift(100)
    _, second = parts(granted(rp.authorize().redeem())["id_token"])
    assert second["auth_time"] == first["auth_time"]
    assert second["sid"] == first["sid"]


def test_s3_1_3_3_without_openid_there_is_no_id_token(party: MakeParty) -> None:
    rp = party()
    assert "id_token" not in granted(rp.authorize(scope="profile read:realms").redeem())
    assert "id_token" not in granted(rp.refresh())


def test_s5_4_profile_claims_stay_at_userinfo(party: MakeParty) -> None:
    """With an access token in the answer, the claims of the scopes come from the UserInfo endpoint."""
    rp = party()
    _, claims = parts(granted(rp.authorize(scope="openid profile email").redeem())["id_token"])
    assert not {"email", "name", "preferred_username"} & set(claims)


def test_two_browsers_of_one_user_have_two_sids(party: MakeParty) -> None:
    one = party()
    two = party(user=one.user)
    assert one.user.id == two.user.id
    sids = {parts(granted(rp.authorize().redeem())["id_token"])[1]["sid"] for rp in (one, two)}
    assert len(sids) == 2
