"""Resource indicators (RFC 8707): which audiences a token is for."""

from authserver.models import clients
from authserver.oauth.errors import Cause, InvalidTargetError, printable
from authserver.traces import passed

MOST = 10
CHECK = "Resource"


def check_known(resources: tuple[str, ...]) -> tuple[str, ...]:
    """The resources, each once. Raises invalid_target for one that is no registered audience."""
    asked = tuple(dict.fromkeys(resources))
    if len(asked) > MOST:
        raise InvalidTargetError(f"More than {MOST} resources.", Cause("resources_too_many", CHECK))
    known = clients.audiences(asked) if asked else set()
    if unknown := [name for name in asked if name not in known]:
        cause = Cause("resource_unknown", CHECK, received=unknown[0])
        raise InvalidTargetError(f"The resource {printable(unknown[0], 100)} is unknown.", cause)
    if asked:
        passed(CHECK, " ".join(asked))
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
        cause = Cause("resource_not_granted", CHECK, expected=" ".join(granted) or "none", received=beyond[0])
        raise InvalidTargetError(f"The resource {printable(beyond[0], 100)} was not granted.", cause)
    if asked:
        passed(CHECK, " ".join(asked))
    return asked or granted
