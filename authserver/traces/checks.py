"""The checks of one request, noted while it runs: cheap enough for every request, and of no consequence for it."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType

#: One thing that was looked at: name, passed (None: still to come), says, expected, received. One is made for every
#: check of every request, so it is a tuple until it is written.
Check = tuple[str, bool | None, str, str | None, str | None]

_current: ContextVar["Checks | None"] = ContextVar("checks", default=None)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a request was refused, for the owner of the application: no part of the answer.

    `case` is an anchor of the error's page in /docs/errors, `check` what has failed, `says` empty where the public text
    says enough. `client_id` is the application that it is about, where the request has not proved to be that one's.
    `later` finds out more, behind the request: what takes look-ups, or what must not be told by the time it takes.
    """

    case: str
    check: str
    says: str = ""
    expected: str | None = None
    received: str | None = None
    client_id: str | None = None
    later: "Callable[[], Cause] | None" = field(default=None, repr=False)


class Checks:
    """What is known of one request so far. As a context it is the one that is noted into."""

    client_id: str | None = None
    user_id: str | None = None
    grant_id: str | None = None
    secret_id: str | None = None  # the one that the client has authenticated with
    proven = False  # whether the client has authenticated
    error: str | None = None
    says = ""  # the public text of the error
    cause: Cause | None = None
    at = 0

    def __init__(self, trace_id: str, endpoint: str) -> None:
        self.id = trace_id
        self.endpoint = endpoint
        self.list: list[Check] = []

    def __enter__(self) -> "Checks":
        _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.set(None)

    @property
    def is_a_refusal_to_somebody(self) -> bool:
        """Whether it was refused, and some application is known or named whose owner may want to know why."""
        cause = self.cause
        return self.error is not None and bool(self.client_id or (cause is not None and cause.client_id))

    @property
    def case(self) -> str | None:
        """Which case of its error has ended it."""
        return self.cause.case if self.cause is not None else None


def passed(name: str, says: str = "", *, expected: str | None = None, received: str | None = None) -> None:
    """A check that the present request has passed."""
    checks = _current.get()
    if checks is not None:
        checks.list.append((name, True, says, expected, received))


def asked(name: str, says: str) -> None:
    """What is still to come before anybody can say: a person is asked."""
    checks = _current.get()
    if checks is not None:
        checks.list.append((name, None, says, None, None))


def refused(error: str, says: str, cause: Cause | None = None) -> None:
    """The present request is answered by this error; the first one counts."""
    checks = _current.get()
    if checks is not None and checks.error is None:
        checks.error, checks.says, checks.cause = error, says, cause


def of_client(client_id: str, *, proven: bool = False, secret_id: str | None = None) -> None:
    """Whose request it is; `proven` when the client has authenticated, and not just said its name. Proven stays so."""
    checks = _current.get()
    if checks is not None and not (checks.proven and checks.client_id == client_id):
        checks.client_id = client_id
        checks.proven = proven
        checks.secret_id = secret_id


def of_user(user_id: str) -> None:
    """Who sits at the browser, or whom the credential stands for."""
    checks = _current.get()
    if checks is not None:
        checks.user_id = user_id


def of_grant(grant_id: str) -> None:
    """The user is that of this grant, looked up behind the request."""
    checks = _current.get()
    if checks is not None:
        checks.grant_id = grant_id


def again() -> None:
    """The same request is run once more: nothing has been checked yet."""
    checks = _current.get()
    if checks is not None:
        checks.list.clear()
        checks.error = checks.cause = None


def case_for_the_client() -> str | None:
    """The case of the error, if the client has authenticated: others are told the error only."""
    checks = _current.get()
    return checks.case if checks is not None and checks.proven else None
