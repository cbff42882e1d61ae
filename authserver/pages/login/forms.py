"""Forms of signing in and out."""

from typing import Any

from wtforms import PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from authserver.accounts import passwords
from authserver.browser.forms import Form
from authserver.languages import gettext as _
from authserver.languages import lazy


class LoginForm(Form):
    """E-mail or user name, and password."""

    username = StringField(
        validators=[
            InputRequired(lazy("Enter your e-mail or user name.")),
            Length(max=254, message=lazy("This is too long for an e-mail or a user name.")),
        ]
    )
    password = PasswordField(validators=[InputRequired(lazy("Enter your password."))])

    def validate_password(self, field: Any) -> None:
        if passwords.too_long(field.data or ""):
            limit = passwords.LONGEST
            raise ValidationError(_("The password is too long: at most %(number)s bytes.", number=limit))


class ChoiceForm(Form):
    """A question without fields: which account, or whether to sign out."""
