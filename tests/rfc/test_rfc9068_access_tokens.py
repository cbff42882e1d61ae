"""JWT access tokens (RFC 9068) and their opaque siblings."""

import re
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.factories import make_client, make_resource_server
from tests.relying_party import Credentials, Local, RelyingParty
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active
from tests.rfc.conftest import MakeParty
from tests.rfc.forgery import parts
from tests.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from authserver.composition import House

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")


def _verified(machine: Local, token: str, alg: str) -> dict[str, Any]:
    """The claims, by the published keys and by nothing else of the server."""
    document = machine.send("GET", "/.well-known/jwks.json", body=None, headers={}).json
    claims: dict[str, Any] = jwt.decode(token, KeySet.import_key_set(document), algorithms=[alg]).claims
    return claims


def test_s2_1_header_names_type_algorithm_and_key(party: MakeParty, machine: Local) -> None:
    rp = party()
    header, _ = parts(granted(rp.authorize().redeem())["access_token"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert set(header) == {"typ", "alg", "kid"}


def test_s2_2_claims_of_a_token_for_a_user(
    house: "House", party: MakeParty, machine: Local, frozen: time_machine.Traveller
) -> None:
    rp = party()
    tokens = granted(rp.authorize(scope="openid read:realms").redeem())
    claims = _verified(machine, tokens["access_token"], "ES256")
    _, identity = parts(tokens["id_token"])
    assert set(claims) == {
        "iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti", "gid", "auth_time", "acr", "amr"
    }  # fmt: skip
    issuer = house.settings.issuer
    assert (claims["iss"], claims["aud"]) == (issuer, issuer)  # decision 19: unbound
    assert (claims["sub"], claims["client_id"]) == (rp.user.id, rp.client.client_id)
    assert claims["scope"] == "openid read:realms"
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 900
    for name in ("auth_time", "acr", "amr", "sub", "iss"):
        assert claims[name] == identity[name]


def test_s2_2_claims_of_a_token_for_a_client(house: "House", machine: Local) -> None:
    rp = RelyingParty(machine, *make_client(house, type="machine"))
    claims = _verified(machine, granted(rp.token(grant_type="client_credentials"))["access_token"], "ES256")
    assert claims["sub"] == claims["client_id"] == rp.client.client_id
    assert not {"auth_time", "acr", "amr"} & set(claims)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_s2_1_algorithm_of_the_client(house: "House", machine: Local, api: Credentials, alg: str) -> None:
    rp = RelyingParty(machine, *make_client(house, type="machine", access_token_signed_response_alg=alg))
    token = granted(rp.token(grant_type="client_credentials"))["access_token"]
    assert parts(token)[0]["alg"] == alg
    assert _verified(machine, token, alg)["client_id"] == rp.client.client_id
    is_active(rp.introspect(token, as_=api))


def test_s2_2_every_token_has_a_jti_of_its_own_and_the_grant_of_its_family(party: MakeParty) -> None:
    rp = party()
    first = parts(granted(rp.authorize().redeem())["access_token"])[1]
    second = parts(granted(rp.refresh())["access_token"])[1]
    other = parts(granted(rp.authorize().redeem())["access_token"])[1]
    assert len({first["jti"], second["jti"], other["jti"]}) == 3
    assert first["gid"] == second["gid"] != other["gid"]


def test_introspection_and_jwt_say_the_same(party: MakeParty, api: Credentials) -> None:
    rp = party()
    claims = parts(granted(rp.authorize().redeem())["access_token"])[1]
    told = is_active(rp.introspect(as_=api))
    for name in ("iss", "sub", "client_id", "scope", "iat", "exp", "jti"):
        assert told[name] == claims[name]


def test_s6_no_profile_claim_stands_in_an_access_token(party: MakeParty) -> None:
    rp = party()
    _, claims = parts(granted(rp.authorize(scope="openid profile email").redeem())["access_token"])
    assert not {"email", "name", "preferred_username", "nonce", "sid"} & set(claims)


def test_opaque_token_has_no_content_and_only_its_digest_is_kept(
    party: MakeParty, row_counts: "Callable[[], State]"
) -> None:
    rp = party(access_token_format="opaque")
    tokens = granted(rp.authorize().redeem())
    assert re.fullmatch(r"at_[A-Za-z0-9_-]{43}", tokens["access_token"])
    kept = "\n".join(row for table in row_counts().tables.values() for row in table)
    for secret in (tokens["access_token"], tokens["refresh_token"], rp.code, rp.secret):
        assert secret not in kept


def test_jwt_leaves_no_row(party: MakeParty, row_counts: "Callable[[], State]") -> None:
    """Decision 15."""
    rp = party()
    before = row_counts().counts
    granted(rp.authorize(scope="openid").redeem())
    after = row_counts().counts
    assert after["access_tokens"] == before["access_tokens"]
    assert after["revoked_jtis"] == before["revoked_jtis"]


def test_s3_token_for_one_resource_names_it(house: "House", party: MakeParty) -> None:
    server, _ = make_resource_server(house)
    rp = party()
    _, claims = parts(granted(rp.authorize(resource=server.audience).redeem())["access_token"])
    assert claims["aud"] == server.audience
