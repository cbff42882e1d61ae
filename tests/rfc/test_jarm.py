"""JARM: answers of the authorization endpoint as one signed JWT, and encrypted ones where a client wants them."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet

from authserver import clock
from authserver.models import clients
from authserver.oauth.errors import InvalidClientMetadataError
from authserver.settings import ASYMMETRIC_ALGORITHMS
from tests.conftest import ISSUER
from tests.factories import make_client, within
from tests.relying_party import Local, RelyingParty
from tests.rfc.answers import refuses
from tests.rfc.conftest import MakeParty, Party
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

MODES = ("jwt", "query.jwt", "form_post.jwt")


def opened(rp: RelyingParty, *, alg: str = "RS256") -> dict[str, Any]:
    """The claims of the answer, verified as a client would (section 2.4)."""
    assert set(rp.answer) == {"response"}, rp.answer
    jwks = rp.transport.send("GET", "/.well-known/jwks.json", body=None, headers={}).json
    found = jwt.decode(rp.answer["response"], KeySet.import_key_set(jwks), algorithms=[alg])
    assert found.header["alg"] == alg
    assert found.claims["iss"] == ISSUER
    assert found.claims["aud"] == rp.client.client_id
    assert 0 < found.claims["exp"] - clock.now() <= 600
    return dict(found.claims)


@pytest.mark.parametrize("mode", MODES)
def test_s2_3_a_code_comes_in_one_signed_parameter(party: MakeParty, mode: str) -> None:
    rp = party().authorize(response_mode=mode, state="säte & <more>")
    claims = opened(rp)
    assert claims["state"] == "säte & <more>"
    assert set(claims) == {"iss", "aud", "exp", "code", "state"}
    assert rp.redeem(code=claims["code"]).status_code == 200


def test_s2_3_jwt_is_query_jwt_for_a_code(party: MakeParty) -> None:
    rp = party().authorize(response_mode="jwt")
    assert rp.reply is not None
    assert rp.reply.location.startswith(f"{rp.client.redirect_uris[0]}?response=")
    assert "#" not in rp.reply.location


def test_s2_3_3_form_post_jwt_is_posted(party: MakeParty) -> None:
    rp = party().authorize(response_mode="form_post.jwt")
    assert rp.reply is not None
    assert rp.reply.status_code == 200
    assert "Location" not in rp.reply.headers


@pytest.mark.parametrize("mode", ["fragment.jwt", "fragment", "web_message.jwt", "Query.jwt", ".jwt"])
def test_s2_3_2_nothing_is_answered_in_a_fragment(party: MakeParty, mode: str, row_counts: Callable[[], State]) -> None:
    rp = party()
    before = row_counts()
    assert rp.authorize(response_mode=mode).answer["error"] == "invalid_request"
    assert row_counts() == before


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "no:such"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
def test_s2_1_errors_are_signed_too(party: MakeParty, mode: str, changes: dict[str, Any], error: str) -> None:
    rp = party().authorize(response_mode=mode, state="s-1", **changes)
    claims = opened(rp)
    assert (claims["error"], claims["state"]) == (error, "s-1")
    assert "code" not in claims


def test_s2_1_so_is_the_no_of_a_person(party: MakeParty) -> None:
    rp = party(trusted=False).authorize(response_mode="jwt")
    assert opened(rp.consent("deny"))["error"] == "access_denied"


def test_s2_1_without_a_state_there_is_none(party: MakeParty) -> None:
    assert "state" not in opened(party().authorize(response_mode="jwt", state=None))


def test_s2_1_a_signed_answer_is_good_for_ten_minutes_at_most(party: MakeParty, frozen: time_machine.Traveller) -> None:
    claims = opened(party().authorize(response_mode="jwt"))
    assert claims["exp"] == clock.now() + 600


@pytest.mark.parametrize("alg", ASYMMETRIC_ALGORITHMS)
def test_s3_the_client_chooses_the_algorithm(party: MakeParty, alg: str) -> None:
    rp = party(authorization_signed_response_alg=alg)
    assert "code" in opened(rp.authorize(response_mode="jwt"), alg=alg)


@pytest.mark.parametrize("alg", ["none", "HS256", "ES512", 7])
def test_s3_none_and_symmetric_algorithms_cannot_be_registered(house: "House", alg: Any) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, authorization_signed_response_alg=alg)


def test_s4_the_metadata_lists_what_there_is(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert {*MODES, "query", "form_post"} == set(document["response_modes_supported"])
    assert set(document["authorization_signing_alg_values_supported"]) == set(ASYMMETRIC_ALGORITHMS)


def test_par_the_mode_is_that_of_the_pushed_request(party: MakeParty) -> None:
    rp = party()
    assert "code" in opened(rp.authorize_pushed(response_mode="jwt"))
    refuses(rp.push(response_mode="fragment.jwt"), "invalid_request")


def test_a_bad_redirect_uri_stays_a_page(party: MakeParty) -> None:
    rp = party().authorize(response_mode="jwt", redirect_uri="https://evil.example/cb")
    assert rp.reply is not None
    assert rp.reply.status_code == 400
    assert not rp.answer


# -- encrypted answers -------------------------------------------------------------------------------------------------


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "enc"}, auto_kid=True)


@pytest.fixture
def sealed(party: MakeParty, key: ECKey) -> Party:
    jwks = {"keys": [{**key.as_dict(private=False), "use": "enc"}]}
    return party(jwks=jwks, authorization_encrypted_response_alg="ECDH-ES")


@pytest.mark.parametrize("changes", [{}, {"scope": "no:such"}], ids=str)
def test_s2_2_a_client_may_have_its_answers_encrypted(sealed: Party, key: ECKey, changes: dict[str, Any]) -> None:
    sealed.authorize(response_mode="jwt", **changes)
    inner = jwe.decrypt_compact(sealed.answer["response"], key, algorithms=["ECDH-ES", "A128CBC-HS256"])
    assert inner.plaintext is not None
    sealed.answer["response"] = inner.plaintext.decode()
    claims = opened(sealed)
    assert ("error" if changes else "code") in claims


def test_s2_2_what_cannot_be_encrypted_is_told_to_nobody_else(house: "House", sealed: Party) -> None:
    signing = {**ECKey.generate_key("P-256").as_dict(private=False), "use": "sig"}
    details = {**sealed.client.details, "jwks": {"keys": [signing]}}
    with within(house):
        clients.change(sealed.client.client_id, details=details)
    sealed.authorize(response_mode="jwt")
    assert sealed.reply is not None
    assert sealed.reply.status_code == 400
    assert json.dumps(sealed.answer) == "{}"
