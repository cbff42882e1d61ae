"""ID tokens and userinfo, signed and encrypted as the client is registered (OpenID Connect Core 10, Registration 2)."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from joserfc.jwk import ECKey, OKPKey

from authserver.models import clients
from authserver.oauth.client_members.subjects import ENCRYPTED, SIGNED, read
from authserver.oauth.errors import InvalidClientMetadataError
from authserver.settings import ASYMMETRIC_ALGORITHMS
from tests.factories import make_client, within
from tests.relying_party import Local, Reply, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import refuses
from tests.rfc.conftest import MakeParty, Party, party_at
from tests.rfc.subjects import ENCRYPTIONS, KEYS, Elsewhere, elsewhere, opened, public, verified

if TYPE_CHECKING:
    from authserver.composition import House

#: A key for each algorithm, registered alone.
BY_ALGORITHM = [("RSA-OAEP-256", KEYS["RSA-OAEP-256"]), ("ECDH-ES", KEYS["ECDH-ES"])]
BY_ALGORITHM += [("ECDH-ES", ECKey.generate_key("P-521")), ("ECDH-ES", KEYS["ECDH-ES+A256KW"])]
BY_ALGORITHM += [("ECDH-ES+A256KW", ECKey.generate_key("P-384")), ("ECDH-ES+A256KW", KEYS["ECDH-ES+A256KW"])]
SIGNING = ECKey.generate_key("P-256", {"use": "sig", "kid": "signs"})


@pytest.fixture
def site() -> Iterator[Elsewhere]:
    with elsewhere() as found:
        yield found


def header_of(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return header


def told(reply: Reply) -> str:
    """The body of a userinfo answer that is a JWT."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "application/jwt"
    assert reply.headers["Cache-Control"] == "no-store"
    return reply.text


# -- ID tokens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alg", "key"), BY_ALGORITHM)
@pytest.mark.parametrize("enc", ENCRYPTIONS)
def test_s10_2_id_tokens_are_signed_then_encrypted(
    party: MakeParty, machine: Local, alg: str, key: Any, enc: str
) -> None:
    rp = party(jwks=public(key), id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc)
    for tokens in (granted(rp.authorize().redeem()), granted(rp.refresh())):
        assert tokens["id_token"].count(".") == 4
        header = header_of(tokens["id_token"])
        assert header["cty"] == "JWT"  # RFC 7519 section 5.2
        assert header.get("kid") == key.kid
        claims = verified(opened(tokens["id_token"], key, alg=alg, enc=enc), machine, alg="RS256", typ="JWT")
        assert (claims["sub"], claims["aud"]) == (rp.user.id, rp.client.client_id)
    assert claims_of(tokens["access_token"])["sub"] == rp.user.id  # only the client's own tokens are


def test_r2_content_encryption_is_a128cbc_hs256_by_default(party: MakeParty, machine: Local) -> None:
    key = KEYS["ECDH-ES"]
    rp = party(jwks=public(key), id_token_encrypted_response_alg="ECDH-ES", id_token_signed_response_alg="ES256")
    inner = opened(granted(rp.authorize().redeem())["id_token"], key, alg="ECDH-ES", enc="A128CBC-HS256")
    verified(inner, machine, alg="ES256", typ="JWT")


def test_r2_a_key_for_signatures_is_not_encrypted_to(party: MakeParty) -> None:
    rp = party(jwks=public(SIGNING, KEYS["ECDH-ES"]), id_token_encrypted_response_alg="ECDH-ES")
    assert header_of(granted(rp.authorize().redeem())["id_token"])["kid"] == "for agreement"


def test_s3_1_2_1_the_signed_token_inside_is_the_hint(party: MakeParty) -> None:
    key = KEYS["RSA-OAEP-256"]
    rp = party(jwks=public(key), id_token_encrypted_response_alg="RSA-OAEP-256")
    outer = granted(rp.authorize().redeem())["id_token"]
    inner = opened(outer, key, alg="RSA-OAEP-256", enc="A128CBC-HS256")
    assert rp.authorize(id_token_hint=inner, prompt="none").code
    assert rp.authorize(id_token_hint=outer).answer["error"] == "invalid_request"


# -- userinfo ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ASYMMETRIC_ALGORITHMS)
def test_s5_3_2_userinfo_is_signed_for_the_client(party: MakeParty, machine: Local, house: "House", alg: str) -> None:
    rp = party(userinfo_signed_response_alg=alg)
    granted(rp.authorize(scope="openid email").redeem())
    assert verified(told(rp.userinfo()), machine, alg=alg, typ="JWT") == {
        "iss": house.settings.issuer,
        "aud": rp.client.client_id,
        "sub": rp.user.id,
        "email": rp.user.email,
        "email_verified": True,
    }


@pytest.mark.parametrize(("alg", "key"), BY_ALGORITHM)
def test_s5_3_2_userinfo_is_signed_then_encrypted(party: MakeParty, machine: Local, alg: str, key: Any) -> None:
    rp = party(
        jwks=public(key),
        userinfo_signed_response_alg="ES256",
        userinfo_encrypted_response_alg=alg,
        userinfo_encrypted_response_enc="A256GCM",
    )
    granted(rp.authorize().redeem())
    token = told(rp.userinfo())
    assert header_of(token)["cty"] == "JWT"
    inner = opened(token, key, alg=alg, enc="A256GCM")
    assert verified(inner, machine, alg="ES256", typ="JWT")["sub"] == rp.user.id


def test_s5_3_2_userinfo_may_be_encrypted_only(party: MakeParty) -> None:
    key = KEYS["ECDH-ES"]
    rp = party(jwks=public(key), userinfo_encrypted_response_alg="ECDH-ES")
    granted(rp.authorize(scope="openid").redeem())
    token = told(rp.userinfo())
    assert "cty" not in header_of(token)
    assert json.loads(opened(token, key, alg="ECDH-ES", enc="A128CBC-HS256")) == {"sub": rp.user.id}


def test_s5_3_2_what_is_not_registered_for_it_stays_json(party: MakeParty) -> None:
    rp = party(jwks=public(KEYS["ECDH-ES"]), id_token_encrypted_response_alg="ECDH-ES")
    granted(rp.authorize(scope="openid").redeem())
    assert rp.userinfo().json == {"sub": rp.user.id}


def test_a_signed_answer_of_userinfo_is_no_other_token(party: MakeParty) -> None:
    rp = party(userinfo_signed_response_alg="RS256", post_logout_redirect_uris=["https://client.example/bye"])
    granted(rp.authorize().redeem())
    answer = told(rp.userinfo())
    refuses(rp.userinfo(answer), "invalid_token", 401)
    assert rp.authorize(id_token_hint=answer).answer["error"] == "invalid_request"
    page = rp.transport.send("GET", f"/end_session?id_token_hint={answer}", body=None, headers={})
    assert page.status_code == 200  # asked, not signed out
    assert rp.authorize(prompt="none").code


def test_errors_of_userinfo_stay_json(party: MakeParty) -> None:
    rp = party(userinfo_signed_response_alg="RS256")
    refuses(rp.userinfo("at_nothing"), "invalid_token", 401)
    granted(rp.authorize(scope="read:realms").redeem())
    refuses(rp.userinfo(), "insufficient_scope", 403)


# -- keys at a jwks_uri ------------------------------------------------------------------------------------------------


def at_uri(app: Flask, site: Elsewhere) -> Party:
    encrypted = dict.fromkeys(("id_token_encrypted_response_alg", "userinfo_encrypted_response_alg"), "ECDH-ES")
    return party_at(app, jwks_uri=f"{site.url}/jwks", **encrypted)


def test_keys_at_a_uri_are_fetched_and_followed(
    app_with: Callable[..., Flask], site: Elsewhere, frozen: time_machine.Traveller
) -> None:
    rp = at_uri(app_with(fetch_allow="127.0.0.1"), site)
    site.documents["/jwks"] = public(KEYS["ECDH-ES"])
    first = granted(rp.authorize().redeem())["id_token"]
    opened(first, KEYS["ECDH-ES"], alg="ECDH-ES", enc="A128CBC-HS256")
    following = ECKey.generate_key("P-256", {"kid": "next"})
    site.documents["/jwks"] = public(following)
    frozen.shift(700)
    opened(granted(rp.refresh())["id_token"], following, alg="ECDH-ES", enc="A128CBC-HS256")
    site.status = 500
    frozen.shift(700)  # its server is away: the keys that were seen last are good
    opened(granted(rp.refresh())["id_token"], following, alg="ECDH-ES", enc="A128CBC-HS256")


@pytest.mark.parametrize(
    "document",
    [
        None,
        b"nonsense",
        {"keys": []},
        {"keys": {}},
        public(SIGNING),
        public(KEYS["RSA-OAEP-256"]),
        {"keys": [KEYS["ECDH-ES"].as_dict(private=True)]},
        {"keys": [{**KEYS["ECDH-ES"].as_dict(private=False), "x": "AAAA"}]},
        {"keys": [{"kty": "EC", "crv": "P-256", "use": "enc"}]},
        {"keys": [{"kty": "OKP", "crv": "X25519", "x": "AAAA"}]},
        {"keys": [{"kty": ["EC"], "crv": {}, "x": 1}]},
    ],
)
def test_without_a_key_nothing_is_spent_and_it_is_told(
    house: "House", app_with: Callable[..., Flask], site: Elsewhere, frozen: time_machine.Traveller, document: Any
) -> None:
    rp = at_uri(app_with(fetch_allow="127.0.0.1"), site)
    site.documents["/jwks"] = document
    code = rp.authorize().code
    refused = rp.redeem(code=code)
    refuses(refused, "invalid_request")
    assert "jwks_uri" in refused.json["error_description"]
    with within(house):  # what the client can do at once: want it no more
        clients.change(rp.client.client_id, details={})
    granted(rp.redeem(code=code))
    with within(house):
        clients.change(rp.client.client_id, details=rp.client.details)
    site.documents["/jwks"] = public(KEYS["ECDH-ES"])
    refuses(rp.userinfo(), "invalid_request")
    assert len(site.asked) == 1  # not at every request of a client that has no key
    frozen.shift(61)
    opened(told(rp.userinfo()), KEYS["ECDH-ES"], alg="ECDH-ES", enc="A128CBC-HS256")
    assert len(site.asked) == 2


def test_SF1_a_jwks_uri_on_the_inside_is_never_asked(app: Flask, site: Elsewhere) -> None:
    rp = at_uri(app, site)
    site.documents["/jwks"] = public(KEYS["ECDH-ES"])
    refuses(rp.authorize().redeem(), "invalid_request")
    assert site.asked == []


# -- registration ------------------------------------------------------------------------------------------------------

RSA = KEYS["RSA-OAEP-256"]


@pytest.mark.parametrize("answer", ["id_token", "userinfo"])
@pytest.mark.parametrize(
    ("alg", "more"),
    [
        ("RSA-OAEP-256", {}),
        ("RSA-OAEP-256", {"jwks": public(KEYS["ECDH-ES"])}),
        ("ECDH-ES", {"jwks": public(RSA)}),
        ("ECDH-ES", {"jwks": public(SIGNING)}),
        ("ECDH-ES", {"jwks": public(OKPKey.generate_key("Ed25519"))}),
        ("ECDH-ES", {"jwks": public(ECKey.generate_key("P-256", {"alg": "ES256"}))}),
        ("ECDH-ES", {"jwks": public(KEYS["ECDH-ES"]), "enc": "A128GCM"}),
        ("ECDH-ES", {"jwks": public(KEYS["ECDH-ES"]), "enc": ["A256GCM"]}),
        ("RSA1_5", {"jwks": public(RSA)}),
        ("RSA-OAEP", {"jwks": public(RSA)}),
        ("dir", {"jwks": public(RSA)}),
        ("A256KW", {"jwks": public(RSA)}),
        ("PBES2-HS256+A128KW", {"jwks": public(RSA)}),
        ("none", {"jwks": public(RSA)}),
        (["RSA-OAEP-256"], {"jwks": public(RSA)}),
        (7, {"jwks": public(RSA)}),
        (None, {"enc": "A256GCM"}),
    ],
)
def test_r2_what_cannot_be_obeyed_is_refused(house: "House", answer: str, alg: object, more: dict[str, Any]) -> None:
    enc = {f"{answer}_encrypted_response_enc": more["enc"]} if "enc" in more else {}
    jwks = {"jwks": more["jwks"]} if "jwks" in more else {}
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, **{f"{answer}_encrypted_response_alg": alg}, **enc, **jwks)


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "", 1, ["RS256"], {}])
def test_r2_userinfo_is_signed_by_our_own_algorithms_only(house: "House", alg: object) -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, userinfo_signed_response_alg=alg)


def test_JW8_a_weak_key_is_not_encrypted_to(house: "House") -> None:
    weak = {"kty": "RSA", "use": "enc", "e": "AQAB", "n": RSA.as_dict(private=False)["n"][:171]}
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, jwks={"keys": [weak]}, id_token_encrypted_response_alg="RSA-OAEP-256")


def test_rfc8414_the_algorithms_are_announced(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    for answer in ("id_token", "userinfo"):
        assert set(document[f"{answer}_signing_alg_values_supported"]) == set(ASYMMETRIC_ALGORITHMS)
        assert document[f"{answer}_encryption_alg_values_supported"] == list(KEYS)
        assert document[f"{answer}_encryption_enc_values_supported"] == list(ENCRYPTIONS)


def test_the_guide_names_every_member() -> None:
    """`docs/subjects.md`."""
    guide = (Path(__file__).parents[2] / "docs" / "subjects.md").read_text(encoding="utf-8")
    document = {f"{answer}_signed_response_alg": "ES256" for answer in SIGNED}
    for answer in ENCRYPTED:
        document |= {f"{answer}_encrypted_response_alg": "ECDH-ES", f"{answer}_encrypted_response_enc": "A256GCM"}
    sector = {"subject_type": "pairwise", "sector_identifier_uri": "https://sector.example/list"}
    kept = read({**document, **sector, "jwks": public(KEYS["ECDH-ES"])})
    assert kept == {**document, **sector}
    assert [name for name in kept if f"`{name}`" not in guide and f'"{name}"' not in guide] == []
