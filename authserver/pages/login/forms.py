"""The login form."""

from typing import Any

from wtforms import PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from authserver.accounts import passwords
from authserver.browser.forms import Form


class LoginForm(Form):
    """E-mail or user name, and password."""

    username = StringField(
        validators=[
            InputRequired("Enter your e-mail or user name."),
            Length(max=254, message="This is too long for an e-mail or a user name."),
        ]
    )
    password = PasswordField(validators=[InputRequired("Enter your password.")])

    def validate_password(self, field: Any) -> None:
        if passwords.too_long(field.data or ""):
            raise ValidationError(f"The password is too long: at most {passwords.LONGEST} bytes.")
