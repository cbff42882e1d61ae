"""Forms of one's own account. The rules are those of `accounts`; here only what must be there at all."""

from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from authserver.browser.forms import Form


class SignupForm(Form):
    """A new account; also that of the first administrator."""

    email = StringField(validators=[InputRequired("Enter your e-mail address.")])
    username = StringField(validators=[InputRequired("Choose a user name.")])
    name = StringField()
    password = PasswordField(validators=[InputRequired("Choose a password.")])


class ForgotForm(Form):
    """Whose password was forgotten."""

    email = StringField(validators=[InputRequired("Enter your e-mail address.")])


class ConfirmForm(Form):
    """Only a button."""


class ResetForm(Form):
    """The new password, at the end of a link."""

    password = PasswordField(validators=[InputRequired("Choose a password.")])


class ProfileForm(Form):
    """What others see."""

    name = StringField()
    username = StringField(validators=[InputRequired("Choose a user name.")])


class PasswordForm(Form):
    """A new password, by somebody who knows the present one."""

    current_password = PasswordField(validators=[InputRequired("Enter your present password.")])
    new_password = PasswordField(validators=[InputRequired("Choose a password.")])
