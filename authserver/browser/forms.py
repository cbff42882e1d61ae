"""The base of all forms, and how the rules of `accounts` show up beside their fields."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms.i18n import get_translations

from authserver import languages
from authserver.accounts.registration import Problem


class Texts:
    """What WTForms says by itself: in our words, else in its own translation."""

    def gettext(self, text: str) -> str:
        said = languages.gettext(text)
        return said if said != text else str(_translation(languages.current()).gettext(text))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return str(_translation(languages.current()).ngettext(one, many, number))


class Form(FlaskForm):
    """A form sent as application/x-www-form-urlencoded, with its CSRF token."""

    class Meta(FlaskForm.Meta):
        """Reads form fields only: Flask-WTF would also take them from a JSON body of any shape."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            # `formdata=None`: a form of the page that this request did not send.
            return request.form if request.method == "POST" and formdata is not None else None

        def get_translations(self, form: Any) -> Texts:
            return Texts()

    @property
    def stale(self) -> bool:
        """Whether it came from a page that was open for too long, or is not ours."""
        return "csrf_token" in self.errors

    def show(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside its field."""
        for problem in problems:
            self[problem.field].errors = [*self[problem.field].errors, problem.text]


@cache
def _translation(code: str) -> Any:
    return get_translations([code])
