"""Forms for applications and API keys. The rules are those of `oauth`; here only what must be there at all."""

from collections.abc import Iterable

from wtforms import (
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired

from authserver.browser.forms import Form

TYPES = ("web", "spa", "native", "machine")
RESOURCE_SERVER = "resource_server"
MOST_LINES = 100
CHOOSE = "Choose one of these."


class AppForm(Form):
    """A new application, in three answers."""

    nonce = HiddenField()
    name = StringField(validators=[DataRequired("Enter a name.")])
    type = RadioField(choices=TYPES, default="web", invalid_choice_message=CHOOSE)
    redirect_uris = TextAreaField()
    scope = StringField()


class AnyAppForm(AppForm):
    """A new application or resource server, by an administrator (decision 31)."""

    type = RadioField(choices=(*TYPES, RESOURCE_SERVER), default="web", invalid_choice_message=CHOOSE)
    audience = StringField()
    environment = SelectField(
        choices=("live", "test", SelectChoice("any", "live and test")), default="live", invalid_choice_message=CHOOSE
    )


class AppChangeForm(Form):
    """What the owner of an application may change later."""

    name = StringField(validators=[DataRequired("Enter a name.")])
    redirect_uris = TextAreaField()
    post_logout_redirect_uris = TextAreaField()
    allowed_origins = TextAreaField()
    scope = StringField()


class ApiKeyForm(Form):
    """A new API key."""

    nonce = HiddenField()
    name = StringField(validators=[DataRequired("Enter a name.")])
    environment = SelectField(choices=("live", "test"), default="live", invalid_choice_message=CHOOSE)
    scopes = SelectMultipleField(choices=(), validate_choice=False)
    expires = SelectField(
        choices=[
            SelectChoice("30d", "in 30 days"),
            SelectChoice("60d", "in 60 days"),
            SelectChoice("90d", "in 90 days"),
            SelectChoice("365d", "in 1 year"),
            SelectChoice("never", "never"),
        ],
        default="90d",
        invalid_choice_message=CHOOSE,
    )
    expires_on = StringField()
    ip_allow = TextAreaField()
    note = StringField()


class ApiKeyChangeForm(Form):
    """What may be changed of a key later."""

    name = StringField(validators=[DataRequired("Enter a name.")])
    note = StringField()
    ip_allow = TextAreaField()


def lines(text: str | None) -> list[str]:
    """The lines of a text area that hold something."""
    found = [line.strip() for line in (text or "").splitlines()[:MOST_LINES]]
    return [line for line in found if line]


def as_text(values: Iterable[str]) -> str:
    """The other way round."""
    return "\n".join(values)
