"""The base of all forms, and how the rules of `accounts` show up beside their fields."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask_wtf import FlaskForm

from authserver.accounts.registration import Problem


class Form(FlaskForm):
    """A form sent as application/x-www-form-urlencoded, with its CSRF token."""

    class Meta(FlaskForm.Meta):
        """Reads form fields only: Flask-WTF would also take them from a JSON body of any shape."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            # `formdata=None`: a form of the page that this request did not send.
            return request.form if request.method == "POST" and formdata is not None else None

    @property
    def stale(self) -> bool:
        """Whether it came from a page that was open for too long, or is not ours."""
        return "csrf_token" in self.errors

    def show(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside its field."""
        for problem in problems:
            self[problem.field].errors = [*self[problem.field].errors, problem.text]
