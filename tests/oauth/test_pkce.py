"""PKCE (RFC 7636)."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authserver.oauth import pkce

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
VERIFIERS = st.text(UNRESERVED, min_size=43, max_size=128)
light = settings(max_examples=100, deadline=None, database=None)


def test_appendix_b_vector() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert pkce.verifies(verifier, challenge)
    assert pkce.is_verifier(verifier)
    assert pkce.is_challenge(challenge)


@light
@given(verifier=VERIFIERS, other=VERIFIERS)
def test_s4_6_only_its_own_verifier_fits(verifier: str, other: str) -> None:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert pkce.is_challenge(challenge)
    assert pkce.verifies(verifier, challenge)
    assert pkce.verifies(other, challenge) == (other == verifier)
    assert not pkce.verifies(verifier, verifier)  # that would be `plain`


@pytest.mark.parametrize("length", [0, 1, 42, 129, 1000])
def test_s4_1_length_of_a_verifier(length: int) -> None:
    assert not pkce.is_verifier("a" * length)


@pytest.mark.parametrize("length", [43, 64, 128])
def test_s4_1_good_lengths(length: int) -> None:
    assert pkce.is_verifier("~" * length)


@pytest.mark.parametrize("char", [" ", "+", "/", "=", "%", "\n", "\0", "é", "\u0661", "\uff21"])
def test_s4_1_characters_of_a_verifier(char: str) -> None:
    assert not pkce.is_verifier("a" * 43 + char)
    assert not pkce.is_verifier(char + "a" * 43)


@pytest.mark.parametrize("text", ["", "a" * 42, "a" * 44, "a" * 128, "a" * 42 + "=", "a" * 42 + "\n", "a" * 42 + "."])
def test_s4_2_what_is_no_challenge(text: str) -> None:
    assert not pkce.is_challenge(text)


def test_plain_is_not_offered() -> None:
    assert pkce.METHODS == ("S256",)
