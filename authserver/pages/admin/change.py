"""One change: a page that says what will happen and how to do the same on the command line, and its confirmation."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts.administrators import LastAdministrator
from authserver.accounts.authentication import Wrong
from authserver.accounts.registration import Problem
from authserver.accounts.throttling import Throttled
from authserver.browser import csrf, freshness
from authserver.browser.refusals import in_words
from authserver.oauth.errors import OAuth2Error
from authserver.oauth.signing_keys import RotatedMeanwhile
from authserver.pages.admin.forms import ChangeForm


class ChangedMeanwhile(Exception):
    """Somebody else was first."""

    def __init__(self) -> None:
        super().__init__("It was changed in the meantime: look at it again.")


#: What stands against a change although the form is good, in words for administrators.
REFUSALS = (ChangedMeanwhile, LastAdministrator, RotatedMeanwhile, OAuth2Error)


@dataclass(frozen=True, slots=True)
class Change:
    """What an administrator is about to do. `active`: its entry in the navigation; `refusal`: why it cannot be done."""

    title: str
    says: tuple[str, ...]
    command: str
    button: str
    back: str
    active: str
    danger: bool = False
    refusal: str | None = None


class Clash(Exception):
    """The form is good, but one of its fields does not go with what is there: `field`, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def command(*words: str) -> str:
    """The same on the command line."""
    return shlex.join(("authserver", *words))


def ask(
    change: Change, form: ChangeForm, *, status: int = 200, headers: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The page on which it is confirmed."""
    page = render_template("admin/change.html", change=change, form=form, action=request.full_path.rstrip("?"))
    return page, status, headers or {}


def carry_out(
    change: Change, form: ChangeForm, act: Callable[[], str], *, to: str | None = None
) -> ResponseReturnValue:
    """Do it if the form and the password are right; `act` returns what the next page says."""
    if change.refusal is not None:
        return ask(change, form, status=409)
    if not form.validate():
        return ask(change, form, status=400)
    if (refusal := _proof(form)) is not None:
        status, headers = refusal
        return ask(change, form, status=status, headers=headers)
    try:
        flash(act(), "success")
    except Clash as error:
        form.show([Problem(error.field, str(error))])
        return ask(change, form, status=400)
    except REFUSALS as error:
        flash(f"Nothing was changed. {getattr(error, 'description', '') or error}", "error")
    return redirect(to or change.back, 303)


def _proof(form: ChangeForm) -> tuple[int, dict[str, str]] | None:
    """None when the password is right, or not needed; else a status and headers, and the form says what is wrong."""
    if "password" not in form:
        return None
    try:
        freshness.prove(form.password.data or "")
    except Wrong:
        form.show([Problem("password", "This is not your password.")])
        return 400, {}
    except Throttled as error:
        form.show([Problem("password", f"Too many attempts. Please try again in {in_words(error.wait)}.")])
        return 429, {"Retry-After": str(error.wait)}
    csrf.renew(form)
    return None
