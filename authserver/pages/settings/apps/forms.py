"""Forms of applications. The rules are those of `oauth.clients`; here only what must be there at all."""

import re

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, ValidationError

from authserver.browser.forms import Form
from authserver.oauth.client_metadata import EXCHANGEABLE
from authserver.oauth.oidc import subject
from authserver.oauth.request_object import SIGNATURES
from authserver.pages.settings.forms import CHOOSE, lines
from authserver.settings import ASYMMETRIC_ALGORITHMS

TYPES = ("web", "spa", "native", "machine")
RESOURCE_SERVER = "resource_server"
OPEN, CHOSEN = "open", "chosen"
LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def _addresses(form: Form, field: Field) -> None:
    """What people of an application are reached by; other programs may register other ways (RFC 7591 section 2)."""
    for line in lines(field.data):
        if len(line) > LONGEST_ADDRESS or not line.isprintable() or not _ADDRESS.fullmatch(line):
            raise ValidationError("Enter e-mail addresses, one on each line.")


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
    contacts = TextAreaField(validators=[_addresses])


class SigningInForm(SettingsForm):
    """The same of an application that people sign in to: also how it learns that they have signed out."""

    backchannel_logout_uri = StringField()
    frontchannel_logout_uri = StringField()


class KeysForm(Form):
    """Public keys: pasted, or where they are."""

    jwks = TextAreaField()
    jwks_uri = StringField()

    def validate_jwks(self, field: Field) -> None:
        """One of the two."""
        if bool((field.data or "").strip()) == bool((self.jwks_uri.data or "").strip()):
            raise ValidationError("Paste the keys, or say where they are: one of the two.")


class AdvancedForm(Form):
    """Further members by their own names; those that do not fit an application are taken out of its form."""

    token_endpoint_auth_method = RadioField(choices=EXCHANGEABLE, invalid_choice_message=CHOOSE)
    jwks = TextAreaField()
    jwks_uri = StringField()
    dpop_bound_access_tokens = BooleanField()
    require_pushed_authorization_requests = BooleanField()
    require_signed_request_object = BooleanField()
    request_object_signing_alg = SelectField(
        choices=[SelectChoice("", "any"), *map(SelectChoice, SIGNATURES)], invalid_choice_message=CHOOSE
    )
    authorization_signed_response_alg = SelectField(choices=ASYMMETRIC_ALGORITHMS, invalid_choice_message=CHOOSE)
    id_token_signed_response_alg = SelectField(choices=ASYMMETRIC_ALGORITHMS, invalid_choice_message=CHOOSE)
    userinfo_signed_response_alg = SelectField(
        choices=[SelectChoice("", "not signed"), *map(SelectChoice, ASYMMETRIC_ALGORITHMS)],
        invalid_choice_message=CHOOSE,
    )
    introspection_signed_response_alg = SelectField(choices=ASYMMETRIC_ALGORITHMS, invalid_choice_message=CHOOSE)
    subject_type = SelectField(choices=subject.TYPES, invalid_choice_message=CHOOSE)
    sector_identifier_uri = StringField()
    default_acr_values = StringField()
    default_max_age = StringField()


class ResourceServerForm(SettingsForm):
    """The same of a resource server, by an administrator."""

    environment = SelectField(
        choices=("live", "test", SelectChoice("any", "live and test")), default="live", invalid_choice_message=CHOOSE
    )
