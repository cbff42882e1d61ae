"""DPoP proofs, below HTTP: DP1, DP2, DP3, DP6 as far as form, key, claims and times go (RFC 9449)."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
import time_machine
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authserver import clock
from authserver.oauth import dpop
from authserver.oauth.client_jwt import BadToken
from authserver.oauth.dpop import MissingNonce, Proof

URL = "https://auth.test/token"
EC, RSA, ED = ECKey.generate_key("P-256"), RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")
KEYS = {"ES256": EC, "RS256": RSA, "EdDSA": ED}



def proof(alg: str = "ES256", header: dict[str, Any] | None = None, key: Any = None, **changes: Any) -> str:
    signer = key or KEYS[alg]
    body = {"htm": "POST", "htu": URL, "iat": clock.now(), "jti": "one", "nonce": dpop.nonce(), **changes}
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": signer.as_dict(private=False), **(header or {})}
    kept = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(head, kept, signer, algorithms=[alg])


def believed(text: str, **more: Any) -> Proof:
    return dpop.verify(text, method="POST", url=URL, **more)


@pytest.mark.usefixtures("app")
class TestProofs:
    """With the pepper of an application."""

    @pytest.mark.parametrize("alg", KEYS)
    def test_a_good_one(self, alg: str) -> None:
        assert believed(proof(alg)).jkt == KEYS[alg].thumbprint()

    @pytest.mark.parametrize(
        "htu", ["https://AUTH.test/token", "https://auth.test:443/token", "https://auth.test/token?a=b#c"]
    )
    def test_htu_is_normalised(self, htu: str) -> None:
        assert believed(proof(htu=htu)).jti == "one"

    @pytest.mark.parametrize(
        "changes",
        [
            {"htm": "GET"}, {"htm": None}, {"htu": "https://auth.test/introspect"}, {"htu": "http://auth.test/token"},
            {"htu": None}, {"htu": "https://auth.test:444/token"}, {"htu": 5}, {"htu": "https://[::1"}, {"jti": None},
            {"jti": ""}, {"jti": "x" * 256}, {"iat": None}, {"iat": "now"}, {"iat": True}, {"iat": 1e30},
        ],
    )  # fmt: skip
    def test_DP1_claims_of_another_request(self, changes: dict[str, Any]) -> None:
        with pytest.raises(BadToken):
            believed(proof(**changes))

    @pytest.mark.parametrize(("offset", "good"), [(-300, True), (-301, False), (60, True), (61, False)])
    def test_DP1_times(self, offset: int, good: bool, frozen: time_machine.Traveller) -> None:
        text = proof(iat=clock.now() + offset)
        if good:
            assert believed(text).jti == "one"
        else:
            with pytest.raises(BadToken):
                believed(text)

    def test_DP1_a_private_key_in_the_header(self) -> None:
        with pytest.raises(BadToken, match="public"):
            believed(proof(header={"jwk": KEYS["ES256"].as_dict(private=True)}))

    def test_DP1_a_key_that_did_not_sign(self) -> None:
        with pytest.raises(BadToken, match="signature"):
            believed(proof(header={"jwk": ECKey.generate_key("P-256").as_dict(private=False)}))

    def test_DP1_a_symmetric_key(self) -> None:
        key = OctKey.import_key("a secret that everybody knows, long enough")
        with pytest.raises(BadToken):
            believed(jwt.encode({"typ": "dpop+jwt", "alg": "HS256"}, {"htm": "POST"}, key, algorithms=["HS256"]))

    @pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": None}, {"jwk": "x"}, {"jku": "https://evil.test"}])
    def test_DP1_headers(self, header: dict[str, Any]) -> None:
        made = {"typ": "dpop+jwt", "alg": "ES256", "jwk": EC.as_dict(private=False), **header}
        head = urlsafe_b64encode(json.dumps(made).encode()).rstrip(b"=").decode()
        with pytest.raises(BadToken):
            believed(".".join([head, *proof().split(".")[1:]]))

    def test_DP1_two_headers_come_as_one_with_a_comma(self) -> None:
        with pytest.raises(BadToken):
            believed(f"{proof()}, {proof()}")

    @pytest.mark.parametrize("nonce", [None, "", "0" * 32, 5])
    def test_DP2_a_missing_or_foreign_nonce(self, nonce: object) -> None:
        with pytest.raises(MissingNonce):
            believed(proof(nonce=nonce))
        assert believed(proof(nonce=nonce), needs_nonce=False).jti == "one"

    def test_DP2_a_nonce_gets_old(self, frozen: time_machine.Traveller) -> None:
        old = dpop.nonce()
        frozen.shift(dpop.NONCE_PERIOD)
        assert believed(proof(nonce=old)).jti == "one"
        frozen.shift(dpop.NONCE_PERIOD)
        with pytest.raises(MissingNonce):
            believed(proof(nonce=old))

    def test_DP3_ath(self) -> None:
        assert believed(proof(ath=dpop.token_hash("at_x")), access_token="at_x").jti == "one"
        for ath in (dpop.token_hash("at_y"), None, ""):
            with pytest.raises(BadToken):
                believed(proof(ath=ath), access_token="at_x")

    def test_DP6_a_large_one(self) -> None:
        with pytest.raises(BadToken):
            believed(proof(pad="x" * 8192))

    @pytest.mark.parametrize("name", ["jti", "nonce", "htu", "ath"])
    def test_DP1_half_of_a_surrogate_pair_is_no_text(self, name: str) -> None:
        """As an escape it is good JSON, and nothing that could be digested or kept."""
        claims = {"htm": "POST", "htu": URL, "iat": clock.now(), "jti": "one", "nonce": dpop.nonce(), name: "\ud800"}
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": EC.as_dict(private=False)}
        text = jws.serialize_compact(head, json.dumps(claims), EC, algorithms=["ES256"])
        with pytest.raises(BadToken):
            believed(text)
