"""Signed tokens that must not be believed (RFC 7515, 7519, 8725; cases JW), at userinfo and at introspection."""

import json
import socket
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authserver.models.unit_of_work import unit_of_work
from tests.factories import make_client, make_resource_server
from tests.relying_party import Credentials, Local, RelyingParty
from tests.rfc.answers import challenge, is_active, is_inactive, refuses
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import Party, party_at
from tests.rfc.forgery import Forger, b64, compact, later

if TYPE_CHECKING:
    from authserver.composition import House

AppWith = Callable[..., Flask]
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
Believed = Callable[[str], None]
Disbelieved = Callable[[str], None]


@pytest.fixture(scope="module")
def rp(app: Flask) -> Party:
    """A client with a good JWT access token. Nothing here changes what it stands on."""
    rp = party_at(app)
    granted(rp.authorize().redeem())
    return rp


@pytest.fixture(scope="module")
def api(house: "House") -> Credentials:
    """A resource server that asks about tokens."""
    return make_resource_server(house)


@pytest.fixture(scope="module")
def forger(house: "House", rp: Party) -> Forger:
    return Forger(house, rp.tokens["access_token"])


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that this process tries to reach."""
    tried: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("no outside network in this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: tried.append(address) or [])
    return tried


@pytest.fixture
def disbelieved(rp: Party, api: Credentials, fetches: list[Any]) -> Disbelieved:
    """Neither endpoint takes the token; nothing is fetched and no time is lost over it."""

    def check(token: str) -> None:
        began = time.thread_time()
        reply = rp.userinfo(token)
        refuses(reply, "invalid_token", 401)
        assert challenge(reply)[0] == "Bearer"
        is_inactive(rp.introspect(token, as_=api))
        is_inactive(rp.introspect(token))
        assert time.thread_time() - began < 0.15  # 50 ms for each of the three
        assert fetches == []

    return check


@pytest.fixture
def believed(rp: Party, api: Credentials) -> Believed:
    """Both endpoints take the token."""

    def check(token: str) -> None:
        assert rp.userinfo(token).status_code == 200
        is_active(rp.introspect(token, as_=api))

    return check


def test_forger_can_make_a_good_token(forger: Forger, believed: Believed) -> None:
    """Without this, every refusal below could be for another reason."""
    believed(forger.token)
    believed(forger.with_our_key())
    believed(forger.with_our_key(payload={"jti": "t_other", "extra": 1}))


# -- JW1-JW5: headers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None, 0, ["none"], "HS256"])
def test_JW1_unsigned_tokens(forger: Forger, disbelieved: Disbelieved, alg: Any) -> None:
    disbelieved(forger.unsigned(alg))
    disbelieved(forger.unsigned(alg).rstrip("."))


def test_JW1_good_token_without_its_signature(forger: Forger, disbelieved: Disbelieved) -> None:
    signed, _, signature = forger.token.rpartition(".")
    for token in (
        f"{signed}.",
        signed,
        f"{signed}.{signature[:-4]}",
        f"{signed}.{signature}=",
        f"{signed}..{signature}",
    ):
        disbelieved(token)


@pytest.mark.parametrize("form", ["PEM", "DER", "jwk"])
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_JW2_hmac_with_the_public_key(forger: Forger, disbelieved: Disbelieved, form: str, alg: str) -> None:
    disbelieved(forger.with_public_key_as_secret(form, alg))


@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if alg != "ES256"] + ["ES384", "ES512", "RS512", "Ed25519"])
def test_JW2_header_names_another_algorithm_than_the_key_has(
    forger: Forger, disbelieved: Disbelieved, alg: str
) -> None:
    disbelieved(forger.with_our_key({"alg": alg}))


FOREIGN_KIDS = (
    *("../../dev/null", "/dev/null", "' OR '1'='1", "'; DROP TABLE signing_keys; --", "k" * 10_000, "", "\0", "é"),
    *(None, 0, [], {}, True),
)


@pytest.mark.parametrize("kid", FOREIGN_KIDS)
def test_JW3_kid_that_is_not_ours(forger: Forger, disbelieved: Disbelieved, believed: Believed, kid: Any) -> None:
    disbelieved(forger.with_our_key({"kid": kid}))
    believed(forger.token)


def test_JW3_kid_of_another_key_of_ours(house: "House", forger: Forger, disbelieved: Disbelieved) -> None:
    with unit_of_work(house.database):
        others = [jwk["kid"] for jwk in house.server.keyring.published() if jwk["kid"] != forger.header["kid"]]
    assert others
    for kid in others:
        disbelieved(forger.with_our_key({"kid": str(kid)}))


def test_JW3_without_kid(forger: Forger, disbelieved: Disbelieved) -> None:
    disbelieved(forger.with_our_key(json.dumps({"alg": forger.header["alg"], "typ": "at+jwt"})))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "x5t", "x5t#S256", "cty", "zip", "epk"])
def test_JW4_header_that_brings_a_key(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    own = ECKey.generate_key("P-256", private=True)
    value: Any = {"jwk": own.as_dict(private=False), "x5c": ["MIIB"], "zip": "DEF"}.get(name, "http://127.0.0.1:9/x")
    disbelieved(forger.with_key(own, "ES256", **{name: value}))
    disbelieved(forger.with_key(own, "ES256", **{name: value, "kid": "own"}))
    disbelieved(forger.with_our_key({name: value}))


@pytest.mark.parametrize(
    "extra",
    [{"crit": ["x"], "x": 1}, {"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": False},
     {"b64": True}, {"crit": "x"}, {"crit": None}],
)  # fmt: skip
def test_JW5_critical_and_b64_extensions(forger: Forger, disbelieved: Disbelieved, extra: dict[str, Any]) -> None:
    disbelieved(forger.with_our_key(extra))


# -- JW6: times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -61},
        {"exp": -1},
        {"exp": 0},
        {"nbf": 120},
        {"iat": 120},
    ],
)
def test_JW6_times_that_have_passed_or_not_come(
    forger: Forger, disbelieved: Disbelieved, frozen: time_machine.Traveller, claims: dict[str, int]
) -> None:
    disbelieved(forger.with_our_key(payload={name: later(seconds) for name, seconds in claims.items()}))


NO_TIMES = ("1900000000", 1e30, 1.9e9, None, [], {}, True, -1, 0, 2**63)
NO_NBF = ("0", 1e30, None, [], {})


@pytest.mark.parametrize(
    ("name", "value"),
    [*(("exp", value) for value in NO_TIMES), *(("iat", value) for value in NO_TIMES), *(("nbf", v) for v in NO_NBF)],
)
def test_JW6_times_that_are_no_times(forger: Forger, disbelieved: Disbelieved, name: str, value: Any) -> None:
    disbelieved(forger.with_our_key(payload={name: value}))


@pytest.mark.parametrize("literal", ["1e400", "NaN", "Infinity", "-Infinity", "9" * 5000])
def test_JW6_numbers_beyond_every_range(forger: Forger, disbelieved: Disbelieved, literal: str) -> None:
    claims = json.dumps({**forger.claims, "exp": 0}).replace('"exp": 0', f'"exp": {literal}')
    disbelieved(forger.with_our_key(payload=claims))


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti", "gid"])
def test_JW6_missing_claims(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    rest = {key: value for key, value in forger.claims.items() if key != name}
    disbelieved(forger.with_our_key(payload=json.dumps(rest)))


# -- JW7: for somebody or something else -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "iss", ["http://localhost:8001", "http://localhost:8000/", "HTTP://LOCALHOST:8000", "", None, []]
)
def test_JW7_other_issuer(forger: Forger, disbelieved: Disbelieved, iss: Any) -> None:
    disbelieved(forger.with_our_key(payload={"iss": iss}))


@pytest.mark.parametrize("aud", ["", None, 0, [], {}, [None], [["http://localhost:8000"]]])
def test_JW7_malformed_audience(forger: Forger, disbelieved: Disbelieved, aud: Any) -> None:
    disbelieved(forger.with_our_key(payload={"aud": aud}))


def test_JW7_other_audience(forger: Forger, rp: Party, api: Credentials) -> None:
    token = forger.with_our_key(payload={"aud": "https://elsewhere.example"})
    refuses(rp.userinfo(token), "invalid_token", 401)
    is_inactive(rp.introspect(token, as_=api))


@pytest.mark.parametrize(
    "typ", ["JWT", "at+JWT", "AT+JWT", "application/at+jwt", "logout+jwt", "dpop+jwt", "", None, 0]
)
def test_JW7_other_type(forger: Forger, disbelieved: Disbelieved, typ: Any) -> None:
    disbelieved(forger.with_our_key({"typ": typ}))


def test_JW7_id_token_is_no_access_token(rp: Party, disbelieved: Disbelieved) -> None:
    disbelieved(rp.tokens["id_token"])


def test_JW7_access_token_is_no_id_token(rp: Party) -> None:
    hinted = rp.authorize(prompt="none", id_token_hint=rp.tokens["access_token"])
    assert hinted.answer["error"] == "invalid_request"
    assert rp.authorize(prompt="none", id_token_hint=rp.tokens["id_token"]).code


@pytest.mark.parametrize(
    "claims", [{"gid": "g_unknown"}, {"gid": 0}, {"jti": 0}, {"sub": None}, {"scope": ["openid"]}, {"client_id": []}]
)
def test_JW7_claims_that_name_nothing(forger: Forger, disbelieved: Disbelieved, claims: dict[str, Any]) -> None:
    disbelieved(forger.with_our_key(payload=claims))


# -- JW8-JW10 ----------------------------------------------------------------------------------------------------------


def test_JW8_keys_of_somebody_else(forger: Forger, disbelieved: Disbelieved) -> None:
    keys = [
        (ECKey.generate_key("P-256", private=True), "ES256"),
        (OKPKey.generate_key("Ed25519", private=True), "EdDSA"),
        (RSAKey.generate_key(2048, private=True), "RS256"),
    ]
    for key, alg in keys:
        disbelieved(forger.with_key(key, alg))
        disbelieved(forger.with_key(key, alg, kid="unknown"))
    disbelieved(forger.with_rsa_512())


@pytest.mark.parametrize("signature", [b"\0" * 64, b"\xff" * 64, b"\0" * 63, b"\0" * 96, b"", b"\0" * 10_000])
def test_JW8_signatures_off_the_curve(forger: Forger, disbelieved: Disbelieved, signature: bytes) -> None:
    disbelieved(compact(forger.header, forger.claims, signature))


def test_JW9_encrypted_zip_bomb(rp: Party, disbelieved: Disbelieved) -> None:
    bomb = jwe.encrypt_compact(
        {"alg": "dir", "enc": "A128GCM", "zip": "DEF"}, b"0" * 5_000_000, OctKey.import_key(b"k" * 16),
        algorithms=["dir", "A128GCM", "DEF"],
    )  # fmt: skip
    assert len(bomb) < 16_000
    disbelieved(bomb)


def test_JW9_compressed_payload(forger: Forger, disbelieved: Disbelieved) -> None:
    packed = zlib.compress(b"0" * 5_000_000)
    header = b64(json.dumps({**forger.header, "zip": "DEF"}).encode())
    disbelieved(f"{header}.{b64(packed)}.{b64(bytes(64))}")


def test_JW9_token_of_a_megabyte(forger: Forger, rp: Party, api: Credentials) -> None:
    """Over the body limit it is 413 (decision 9); below it, inactive."""
    signed, _, signature = forger.token.rpartition(".")
    for token in (
        f"{signed}{'A' * 1_000_000}.{signature}",
        f"{'ey' + 'A' * 1_000_000}.e.s",
        f"{signed}.{'A' * 1_000_000}",
    ):
        began = time.thread_time()
        refuses(rp.userinfo(token), "invalid_token", 401)
        refuses(rp.introspect(token, as_=api), "invalid_request", 413)
        is_inactive(rp.introspect(token[:60_000], as_=api))
        assert time.thread_time() - began < 0.15


@pytest.mark.parametrize("depth", [100, 3000])
def test_JW9_deeply_nested_header(forger: Forger, disbelieved: Disbelieved, depth: int) -> None:
    payload = forger.token.split(".")[1]
    for header in (b"[" * depth + b"]" * depth, b'{"a":' * depth):
        disbelieved(f"{b64(header)}.{payload}.{b64(bytes(64))}")


@pytest.mark.parametrize("name", ["sub", "exp", "aud", "scope", "extra"])
def test_JW10_repeated_claims(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    """Readers disagree about which of the two counts (RFC 8725 section 2.6)."""
    whole = json.dumps({**forger.claims, "extra": 1})
    again = json.dumps({name: forger.claims.get(name, 1)})
    disbelieved(forger.with_our_key(payload=f"{whole[:-1]}, {again[1:]}"))


@pytest.mark.parametrize("name", ["alg", "kid", "typ"])
def test_JW10_repeated_header_members(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    whole, again = json.dumps(forger.header), json.dumps({name: forger.header[name]})
    disbelieved(forger.with_our_key(f"{whole[:-1]}, {again[1:]}"))


@pytest.mark.parametrize("payload", ["", "[]", "null", "1", '"text"', "{", '{"a": }'])
def test_JW10_payload_that_is_no_object(forger: Forger, disbelieved: Disbelieved, payload: str) -> None:
    disbelieved(forger.with_our_key(payload=payload))


# -- JW11: rotation ----------------------------------------------------------------------------------------------------


def _kids(machine: Local) -> set[str]:
    return {key["kid"] for key in machine.send("GET", "/.well-known/jwks.json", body=None, headers={}).json["keys"]}


def _rotate(app: Flask, alg: str) -> str:
    house: House = app.extensions["authserver.house"]
    with unit_of_work(house.database) as unit:
        kid = house.server.keyring.rotate(alg)
        unit.commit()
    assert kid is not None
    return kid


def _retire(app: Flask, kid: str) -> None:
    house: House = app.extensions["authserver.house"]
    with unit_of_work(house.database) as unit:
        assert house.server.keyring.retire(kid)
        unit.commit()


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_JW11_next_key_is_published_before_use_and_old_tokens_live_to_their_end(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller, alg: str
) -> None:
    app = app_with(database_url=empty_database, access_token_alg=alg)
    house: House = app.extensions["authserver.house"]
    api, machine = make_resource_server(house), Local(app.test_client())
    rp = party_at(app, id_token_signed_response_alg=alg)
    old = granted(rp.authorize().redeem())
    old_kid = Forger(house, old["access_token"]).header["kid"]
    before = _kids(machine)
    new_kid = _rotate(app, alg)
    assert _kids(machine) == {*before, new_kid}
    frozen.shift(house.settings.jwks_max_age - 1)
    late = granted(rp.refresh())
    assert Forger(house, late["access_token"]).header["kid"] == old_kid  # not before everybody can know it
    frozen.shift(1)
    fresh = granted(rp.refresh())
    for token in (fresh["access_token"], fresh["id_token"]):
        assert Forger(house, token).header["kid"] == new_kid
    frozen.shift(898)
    for token in (late["access_token"], fresh["access_token"]):
        is_active(rp.introspect(token, as_=api))
        assert rp.userinfo(token).status_code == 200
    is_inactive(rp.introspect(old["access_token"], as_=api))  # by its exp
    assert old_kid in _kids(machine)
    frozen.shift(2 * 86400)
    assert _kids(machine) == {*before, new_kid} - {old_kid}


def test_JW11_tokens_of_a_retired_key_are_dead_at_once(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller
) -> None:
    app = app_with(database_url=empty_database)
    house: House = app.extensions["authserver.house"]
    api, rp = make_resource_server(house), party_at(app)
    token = granted(rp.authorize().redeem())["access_token"]
    is_active(rp.introspect(token, as_=api))
    forger = Forger(house, token)
    forged = forger.with_our_key(payload={"jti": "t_forged"})  # somebody has got hold of the key
    is_active(rp.introspect(forged, as_=api))
    _retire(app, forger.header["kid"])
    for dead in (token, forged):
        is_inactive(rp.introspect(dead, as_=api))
        refuses(rp.userinfo(dead), "invalid_token", 401)
    assert forger.header["kid"] not in _kids(Local(app.test_client()))
    fresh = granted(rp.refresh())["access_token"]  # the only key is gone: another takes its place
    assert Forger(house, fresh).header["kid"] != forger.header["kid"]
    is_active(rp.introspect(fresh, as_=api))


def test_JW11_rotation_and_retirement_elsewhere_are_seen_within_seconds(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller
) -> None:
    """Two processes on one database."""
    here, there = (app_with(database_url=empty_database, jwks_max_age=0) for _ in range(2))
    house: House = here.extensions["authserver.house"]
    api, rp = make_resource_server(house), party_at(here)
    old = granted(rp.authorize().redeem())["access_token"]
    elsewhere = RelyingParty(there.test_client(), rp.client, rp.secret)
    is_active(elsewhere.introspect(old, as_=api))
    frozen.shift(1)
    new_kid = _rotate(here, "ES256")
    fresh = granted(rp.refresh())["access_token"]
    assert Forger(house, fresh).header["kid"] == new_kid
    is_active(elsewhere.introspect(fresh, as_=api))  # at once, although it has never seen that key
    _retire(here, Forger(house, old).header["kid"])
    frozen.shift(5)
    is_inactive(elsewhere.introspect(old, as_=api))
    is_active(elsewhere.introspect(fresh, as_=api))


def test_JW11_client_credentials_tokens_survive_rotation(
    app_with: AppWith, empty_database: str, frozen: time_machine.Traveller
) -> None:
    app = app_with(database_url=empty_database, jwks_max_age=60)
    house: House = app.extensions["authserver.house"]
    api = make_resource_server(house)
    worker = RelyingParty(app.test_client(), *make_client(house, type="machine"))
    old = granted(worker.token(grant_type="client_credentials"))["access_token"]
    for _ in range(3):
        _rotate(app, "ES256")
        frozen.shift(61)
        is_active(worker.introspect(old, as_=api))
        is_active(worker.introspect(granted(worker.token(grant_type="client_credentials"))["access_token"], as_=api))
