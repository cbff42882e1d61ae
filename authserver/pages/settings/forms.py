"""Forms for API keys. The rules are those of `oauth.api_keys`; here only what must be there at all."""

from collections.abc import Iterable

from wtforms import (
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired

from authserver.browser.forms import Form

MOST_LINES = 100
CHOOSE = "Choose one of these."


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
