"""Authentication context classes (`acr`): how well somebody has proved who they are (OpenID Connect Core section 2)."""

from authserver.oauth.errors import Refusal

#: What a person can reach here. "1": a password.
LEVELS = ("1",)
MOST, LONGEST = 20, 200
CHECK = "Authentication level"


class UnmetAuthenticationRequirementsError(Refusal):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""

    error = "unmet_authentication_requirements"


def split(text: str | None) -> tuple[str, ...]:
    """The values of `acr_values`, in order of preference; what is not known here is no error: they are wishes."""
    return tuple(dict.fromkeys(name for name in (text or "").split() if len(name) <= LONGEST))[:MOST]


def reachable(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the wanted levels that somebody can reach here."""
    return tuple(level for level in wanted if level in LEVELS)
