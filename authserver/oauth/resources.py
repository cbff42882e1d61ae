"""Resource indicators (RFC 8707): which audiences a token is for."""

from authserver.models import clients
from authserver.oauth.errors import InvalidTargetError, printable

MOST = 10


def check_known(resources: tuple[str, ...]) -> tuple[str, ...]:
    """The resources, each once. Raises invalid_target for one that is no registered audience."""
    asked = tuple(dict.fromkeys(resources))
    if len(asked) > MOST:
        raise InvalidTargetError(f"More than {MOST} resources.")
    known = clients.audiences(asked) if asked else set()
    if unknown := [name for name in asked if name not in known]:
        raise InvalidTargetError(f"The resource {printable(unknown[0], 100)} is unknown.")
    return asked


def accept(resources: tuple[str, ...], environment: str) -> bool:
    """Whether a token that names no environment, made from a key of this one, does no harm at these resource servers.

    Whoever takes both takes it for a live one.
    """
    return clients.environments(resources) <= ({"test"} if environment == "test" else {"live", "any"})


def within(resources: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
    """The asked ones, or all that were granted.

    Raises invalid_target for one that was not asked for before (decision 19).
    """
    asked = tuple(dict.fromkeys(resources))
    if beyond := [name for name in asked if name not in granted]:
        raise InvalidTargetError(f"The resource {printable(beyond[0], 100)} was not granted.")
    return asked or granted
