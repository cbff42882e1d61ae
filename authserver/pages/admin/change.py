"""One change: a page that says what will happen and how to do the same on the command line, and its confirmation."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts.administrators import LastAdministrator
from authserver.accounts.registration import Problem
from authserver.browser import freshness
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
    if (refusal := freshness.refused(form, wrong="This is not your password.")) is not None:
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
