"""Forms for applications and API keys. The rules are those of `oauth`; here only what must be there at all."""

from collections.abc import Iterable

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired

from authserver.browser.forms import Form

TYPES = ("web", "spa", "native", "machine")
RESOURCE_SERVER = "resource_server"
MOST_LINES = 100


class AppForm(Form):
    """A new application, in three answers."""

    nonce = HiddenField()
    name = StringField(validators=[InputRequired("Enter a name.")])
    type = RadioField(choices=[(name, name) for name in TYPES], default="web")
    redirect_uris = TextAreaField()
    scope = StringField()


class AnyAppForm(AppForm):
    """A new application or resource server, by an administrator (decision 31)."""

    type = RadioField(choices=[(name, name) for name in (*TYPES, RESOURCE_SERVER)], default="web")
    audience = StringField()
    environment = SelectField(choices=[("live", "live"), ("test", "test"), ("any", "live and test")], default="live")


class AppChangeForm(Form):
    """What the owner of an application may change later."""

    name = StringField(validators=[InputRequired("Enter a name.")])
    redirect_uris = TextAreaField()
    post_logout_redirect_uris = TextAreaField()
    allowed_origins = TextAreaField()
    scope = StringField()


class ApiKeyForm(Form):
    """A new API key."""

    nonce = HiddenField()
    name = StringField(validators=[InputRequired("Enter a name.")])
    environment = SelectField(choices=[("live", "live"), ("test", "test")], default="live")
    scopes = SelectMultipleField(choices=(), validate_choice=False)
    expires = SelectField(
        choices=[
            ("30d", "in 30 days"),
            ("60d", "in 60 days"),
            ("90d", "in 90 days"),
            ("365d", "in 1 year"),
            ("never", "never"),
        ],
        default="90d",
    )
    ip_allow = TextAreaField()
    note = StringField()


def lines(text: str | None) -> list[str]:
    """The lines of a text area that hold something."""
    found = [line.strip() for line in (text or "").splitlines()[:MOST_LINES]]
    return [line for line in found if line]


def as_text(values: Iterable[str]) -> str:
    """The other way round."""
    return "\n".join(values)
