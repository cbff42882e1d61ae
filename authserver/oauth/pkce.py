"""Proof Key for Code Exchange (RFC 7636): S256 only."""

import re

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from authserver import opaque

METHODS = ("S256",)
CHECK = "PKCE"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def is_challenge(text: str) -> bool:
    """Whether this can be the base64url of a SHA-256 (AZ12)."""
    return _CHALLENGE.fullmatch(text) is not None


def is_verifier(text: str) -> bool:
    """43 to 128 unreserved characters (RFC 7636 section 4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def challenge_of(verifier: str) -> str:
    """The base64url of the SHA-256 of a verifier (RFC 7636 section 4.2)."""
    return str(create_s256_code_challenge(verifier))


def verifies(verifier: str, challenge: str) -> bool:
    """Whether the challenge was made from this verifier."""
    return opaque.equal(challenge_of(verifier), challenge)
