"""Forms of one's own account. The rules are those of `accounts`; here only what must be there at all."""

from wtforms import PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from authserver.browser import freshness
from authserver.browser.forms import Form
from authserver.languages import OFFERED, lazy

_EMAIL = lazy("Enter your e-mail address.")
_USERNAME = lazy("Choose a user name.")
_PASSWORD = lazy("Choose a password.")
_PRESENT = lazy("Enter your present password.")
LANGUAGES = [
    SelectChoice("", lazy("The language in use at the time")),
    *(SelectChoice(code, name) for code, name in OFFERED.items()),
]


class SignupForm(Form):
    """A new account; also that of the first administrator."""

    email = StringField(validators=[InputRequired(_EMAIL)])
    username = StringField(validators=[InputRequired(_USERNAME)])
    name = StringField()
    password = PasswordField(validators=[InputRequired(_PASSWORD)])


class ForgotForm(Form):
    """Whose password was forgotten."""

    email = StringField(validators=[InputRequired(_EMAIL)])


class ConfirmForm(Form):
    """Only a button."""


class ResetForm(Form):
    """The new password, at the end of a link."""

    password = PasswordField(validators=[InputRequired(_PASSWORD)])


class ProfileForm(Form):
    """What others see, and the language of mail; empty: the one that is in use when a mail is written."""

    name = StringField()
    username = StringField(validators=[InputRequired(_USERNAME)])
    locale = SelectField(choices=LANGUAGES, filters=[lambda code: code or ""])


class AboutForm(Form):
    """What else they want applications to know; all of it may be left empty. Named as `accounts.about` keeps it."""

    given_name = StringField()
    family_name = StringField()
    website = StringField()
    zoneinfo = StringField()
    phone_number = StringField()
    street_address = TextAreaField()
    postal_code = StringField()
    locality = StringField()
    region = StringField()
    country = StringField()


class EmailForm(Form):
    """Another e-mail address, by somebody who has just proved who they are."""

    email = StringField(validators=[InputRequired(_EMAIL)])
    password = PasswordField(validators=[InputRequired(_PRESENT)])


class PasswordForm(Form):
    """A new password, by somebody who knows the present one."""

    current_password = PasswordField(validators=[InputRequired(_PRESENT)])
    new_password = PasswordField(validators=[InputRequired(_PASSWORD)])


def email_form(**more: object) -> EmailForm:
    """It asks for the password when the login is not fresh."""
    form = EmailForm(**more)
    if not freshness.needed():
        del form.password
    return form
