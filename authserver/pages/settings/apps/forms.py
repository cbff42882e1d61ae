"""Forms of applications. The rules are those of `oauth.clients`; here only what must be there at all."""

from wtforms import (
    BooleanField,
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
from authserver.pages.settings.forms import CHOOSE

TYPES = ("web", "spa", "native", "machine")
RESOURCE_SERVER = "resource_server"
OPEN, CHOSEN = "open", "chosen"


class AppForm(Form):
    """A new application, in three answers."""

    nonce = HiddenField()
    name = StringField(validators=[DataRequired("Enter a name.")])
    type = RadioField(choices=TYPES, default="web", invalid_choice_message=CHOOSE)
    redirect_uris = TextAreaField()


class AnyAppForm(AppForm):
    """A new application or resource server, by an administrator (decision 31): its third answer is the audience."""

    type = RadioField(choices=(*TYPES, RESOURCE_SERVER), default="web", invalid_choice_message=CHOOSE)
    audience = StringField()


class UrisForm(Form):
    """Only the token against other sites: the rows are as many as there are."""


class ScopesForm(Form):
    """What an application may ask for."""

    which = RadioField(choices=(OPEN, CHOSEN), default=OPEN, invalid_choice_message=CHOOSE)
    scopes = SelectMultipleField(choices=(), validate_choice=False)
    allow_scope_deselect = BooleanField()


class SettingsForm(Form):
    """What people see of an application."""

    name = StringField(validators=[DataRequired("Enter a name.")])
    client_uri = StringField()
    policy_uri = StringField()
    tos_uri = StringField()
    contacts = TextAreaField()


class ResourceServerForm(SettingsForm):
    """The same of a resource server, by an administrator."""

    environment = SelectField(
        choices=("live", "test", SelectChoice("any", "live and test")), default="live", invalid_choice_message=CHOOSE
    )
