"""How the steps of an interaction stand in the trace of a request."""

from dataclasses import dataclass

from authserver.traces import Cause, asked, passed


@dataclass(frozen=True, slots=True)
class StepCheck:
    """What is said when the step is behind the request, and when it is in front of it."""

    cause: Cause  # why `prompt=none` fails on it
    done: str
    ahead: str


CHECKS = {
    "login": StepCheck(Cause("no_session", "Session"), "Somebody is signed in.", "The person is asked to sign in."),
    "select_account": StepCheck(
        Cause("account_not_chosen", "Account"), "No choice is left.", "The person is asked which account to use."
    ),
    "reauthenticate": StepCheck(
        Cause("sign_in_too_old", "Age of the sign-in"), "It is recent enough.", "The person is asked to sign in again."
    ),
    "consent": StepCheck(
        Cause("no_consent", "Consent"), "It was given, or none is needed.", "The person is asked to allow it."
    ),
}


def behind(step: str) -> None:
    """The step is not needed any more."""
    if check := CHECKS.get(step):
        passed(check.cause.check, check.done)


def ahead(step: str) -> None:
    """A page takes over."""
    if check := CHECKS.get(step):
        asked(check.cause.check, check.ahead)


def forbidden(step: str) -> Cause | None:
    """The step is needed, and `prompt=none` forbids its page."""
    return CHECKS[step].cause if step in CHECKS else None
