"""Claims about a user by scope (OpenID Connect Core section 5.4)."""

from typing import Any

from authserver.models.users import User

#: Scope -> the claims that it carries (section 5.4).
BY_SCOPE = {
    "profile": (
        "name", "given_name", "family_name", "preferred_username", "website", "zoneinfo", "locale", "updated_at"
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}  # fmt: skip
CLAIMS_SUPPORTED = (
    "sub", *(name for names in BY_SCOPE.values() for name in names),
    "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
)  # fmt: skip
#: Parts of an address, in lines as they stand on an envelope (section 5.1.1).
ENVELOPE = (("street_address",), ("postal_code", "locality"), ("region",), ("country",))


def claims_of(user: User, scope: tuple[str, ...], *, sub: str, requested: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the granted scopes let an application know of the person whom it calls `sub`.

    `requested`: claims that it was allowed beside them, one by one (section 5.5).
    """
    names = {*requested, *(name for one in scope for name in BY_SCOPE.get(one, ()))}
    return {"sub": sub, **{name: value for name, value in _known(user).items() if name in names}}


def _known(user: User) -> dict[str, Any]:
    """Everything that this server knows of a person and may tell; what they have not told is left out (5.3.2)."""
    known: dict[str, Any] = {
        **user.profile,
        "name": user.name,
        "preferred_username": user.username,
        "updated_at": user.updated_at,
        "email": user.email,
        "email_verified": user.email_verified,
    }
    if user.locale is not None:
        known["locale"] = user.locale
    if "address" in known:
        known["address"] = {"formatted": _formatted(known["address"]), **known["address"]}
    if "phone_number" in known:
        known["phone_number_verified"] = False  # nobody is called here
    return known


def _formatted(address: dict[str, str]) -> str:
    lines = (" ".join(address[name] for name in line if name in address) for line in ENVELOPE)
    return "\n".join(line for line in lines if line)
