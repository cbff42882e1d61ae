"""`id_token_hint` (OpenID Connect Core sections 3.1.2.1 and 3.1.2.2): whom the client expects (AZ18)."""

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from authserver.models.unit_of_work import unit_of_work
from tests.factories import PASSWORD, make_user
from tests.relying_party import claims_of
from tests.rfc.conftest import MakeParty, Party

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def rp(party: MakeParty) -> Party:
    """A client that has an ID token of its user."""
    rp = party()
    rp.authorize().redeem()
    return rp


def hint_of(rp: Party) -> str:
    return str(rp.tokens["id_token"])


def forged(hint: str, *, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """The same token with another header or other claims, and the old signature."""
    head, body, signature = hint.split(".")
    return ".".join([_part(header, head), _part(claims, body), signature])


def _part(changes: dict[str, Any] | None, encoded: str) -> str:
    if changes is None:
        return encoded
    value = {**json.loads(base64.urlsafe_b64decode(encoded + "==")), **changes}
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed_by_us(house: "House", claims: dict[str, Any], *, typ: str = "JWT") -> str:
    with unit_of_work(house.database):
        return house.server.keyring.sign(claims, alg="RS256", typ=typ)


def test_AZ18_the_same_user_goes_on(rp: Party) -> None:
    hint = hint_of(rp)
    assert rp.authorize(id_token_hint=hint).code
    assert rp.authorize(id_token_hint=hint, prompt="none").code


def test_AZ18_an_expired_hint_of_our_own_is_good(rp: Party, frozen: time_machine.Traveller) -> None:
    hint = hint_of(rp)
    frozen.shift(1000)
    assert claims_of(hint)["exp"] < claims_of(hint)["iat"] + 1000
    assert rp.authorize(id_token_hint=hint, prompt="none").code


def test_AZ18_another_user_is_signed_in(house: "House", rp: Party) -> None:
    hint = hint_of(rp)
    other, password = make_user(house)
    rp._browse("GET", "/login?reauth=1")
    rp.sign_in(other, password)
    assert rp.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required"
    rp.authorize(id_token_hint=hint)
    assert rp.at == "/login"
    rp.sign_in(other, password)  # the wrong one again
    assert rp.answer["error"] == "login_required"
    rp.authorize(id_token_hint=hint).sign_in(rp.user, PASSWORD)
    assert claims_of(rp.redeem().json["id_token"])["sub"] == rp.user.id


def test_AZ18_nobody_is_signed_in(house: "House", rp: Party) -> None:
    hint = hint_of(rp)
    rp._browse("GET", "/logout")._submit("/logout", {})
    assert rp.authorize(id_token_hint=hint, prompt="none").answer["error"] == "login_required"
    other, password = make_user(house)
    rp.authorize(id_token_hint=hint).sign_in(other, password)
    assert rp.answer["error"] == "login_required"


def test_AZ18_hints_that_are_not_ours(house: "House", rp: Party, party: MakeParty) -> None:
    hint = hint_of(rp)
    claims = claims_of(hint)
    head, body, signature = hint.split(".")
    stranger = party()
    stranger.authorize().redeem()
    bad = {
        "signature": f"{head}.{body}.{signature[:-4]}AAAA",
        "no signature": f"{head}.{body}.",
        "alg none": forged(hint, header={"alg": "none"}),
        "alg HS256": forged(hint, header={"alg": "HS256"}),
        "other kid": forged(hint, header={"kid": "k_no_such"}),
        "jwk in header": forged(hint, header={"jwk": {"kty": "oct", "k": "AA"}}),
        "other sub": forged(hint, claims={"sub": "somebody-else"}),
        "foreign iss": signed_by_us(house, {**claims, "iss": "https://evil.test"}),
        "no iss": signed_by_us(house, {name: value for name, value in claims.items() if name != "iss"}),
        "no sub": signed_by_us(house, {**claims, "sub": None}),
        "another client's": hint_of(stranger),
        "access token": str(rp.tokens["access_token"]),
        "another typ": signed_by_us(house, claims, typ="logout+jwt"),
        "refresh token": str(rp.tokens["refresh_token"]),
        "junk": "x",
        "dots": "..",
        "deep": base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=") + ".e30.x",
        "unicode": "\u0435y.\U0001f511.\u202e",
    }
    answers = {what: rp.authorize(id_token_hint=value).answer.get("error") for what, value in bad.items()}
    assert answers == dict.fromkeys(bad, "invalid_request")
    assert rp.authorize(id_token_hint=signed_by_us(house, claims)).code  # the rest of the forgery would have been good
