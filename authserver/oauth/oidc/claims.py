"""Claims about a user by scope (OpenID Connect Core section 5.4)."""

from typing import Any

from authserver.models.users import User

CLAIMS_SUPPORTED = (
    "sub", "name", "preferred_username", "updated_at", "email", "email_verified",
    "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
)  # fmt: skip


def claims_of(user: User, scope: tuple[str, ...]) -> dict[str, Any]:
    """What the granted scopes let an application know."""
    claims: dict[str, Any] = {"sub": user.id}
    if "profile" in scope:
        claims |= {"name": user.name, "preferred_username": user.username, "updated_at": user.updated_at}
    if "email" in scope:
        claims |= {"email": user.email, "email_verified": user.email_verified}
    return claims
