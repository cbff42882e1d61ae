"""Decision 24: any string of valid UTF-8 without NUL is introspected to 200 and the one inactive body."""

import base64
import json
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from authserver.keyring.keyring import LONGEST_TOKEN
from tests.factories import make_api_key, make_resource_server, make_user
from tests.properties.conftest import EXAMPLES, steady
from tests.relying_party import Credentials, RelyingParty
from tests.rfc.answers import is_inactive

if TYPE_CHECKING:
    from authserver.composition import House

PREFIXES = ("rk_live_", "rk_test_", "at_", "rt_", "ac_", "ss_", "ey", "eyJ", "lk_", "ar_", "cs_")
ANY = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=200)
BASE64 = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/", max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CLAIMS = st.dictionaries(st.sampled_from(["alg", "typ", "kid", "iss", "sub", "exp", "iat", "gid", "crit", "jwk"]), JSON)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def asking(app: Flask, house: "House") -> RelyingParty:
    server: Credentials = make_resource_server(house)
    return RelyingParty(app.test_client(), *server)


@steady(EXAMPLES)
@given(token=ANY | st.builds("{}{}".format, st.sampled_from(PREFIXES), ANY | BASE64))
@example(token="\ufeff")
@example(token="\U0010ffff")
@example(token="\ud7ff\ue000\ufffd\uffff")
@example(token="a" * 60_000)
@example(token="&=+% \r\n\t")
@example(token="ey" + "." * 2)
@example(token="ey" + "." * 1000)
@example(token="ey\u0130.\u0130.\u0130")
@example(token="at_\u00e9")
@example(token="rk_live_" + "\u0660" * 32)
def test_any_text(asking: RelyingParty, token: str) -> None:
    is_inactive(asking.introspect(token))


@steady(EXAMPLES)
@given(header=CLAIMS | JSON, claims=CLAIMS | JSON, signature=BASE64)
def test_anything_that_looks_like_a_jwt(asking: RelyingParty, header: object, claims: object, signature: str) -> None:
    is_inactive(asking.introspect(f"{part(header)}.{part(claims)}.{signature}"))


@steady(EXAMPLES)
@given(position=st.integers(0, 39), character=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
def test_a_key_with_one_character_changed(asking: RelyingParty, key: str, position: int, character: str) -> None:
    changed = key[:position] + character + key[position + 1 :]
    if changed != key:
        is_inactive(asking.introspect(changed))


@steady(20)
@given(cut=st.integers(1, 40))
def test_a_key_cut_short_or_continued(asking: RelyingParty, key: str, cut: int) -> None:
    for changed in (key[:-cut], key[cut:], key + "x" * cut, " " + key, key + " ", key + "\n"):
        if changed:
            is_inactive(asking.introspect(changed))
    assert asking.introspect(key).json["active"] is True


def test_the_longest_tokens(asking: RelyingParty) -> None:
    for length in (LONGEST_TOKEN - 1, LONGEST_TOKEN, LONGEST_TOKEN + 1, 65_000):
        rest = "x" * (length - 4)
        for token in (rest + "xxxx", f"ey{rest}..", f"at_{rest}x", f"ey.{rest}."):
            is_inactive(asking.introspect(token))


@pytest.fixture(scope="module")
def key(house: "House") -> str:
    user, _ = make_user(house)
    return make_api_key(house, user)[1]
