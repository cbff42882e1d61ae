"""Forms of administrators. Every change asks for the password again when the login is a while ago."""

from typing import Any

from flask import request
from wtforms import BooleanField, IntegerField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from authserver.browser import freshness
from authserver.browser.forms import Form

CHOOSE = "Choose one of these."
LONGEST = 100


class ChangeForm(Form):
    """A change. Without further fields it is only confirmed."""

    password = PasswordField(validators=[DataRequired("Enter your password."), Length(max=1024, message="Too long.")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not freshness.needed():
            del self.password


class UserTierForm(ChangeForm):
    """Which tier an account has. The choices are the page's."""

    tier = SelectField("Tier", choices=(), invalid_choice_message=CHOOSE)


class ScopeForm(ChangeForm):
    """A new scope."""

    name = StringField(
        "Name", validators=[InputRequired("Enter a name.")], description="One word, such as read:maps; it never changes"
    )
    description = StringField(
        "Description", description="What it allows, as people read it on the consent page: See your maps"
    )
    reserved = BooleanField("Reserved", description="Only administrators can grant it, and only their keys carry it.")


class TierForm(ChangeForm):
    """A tier, new or not."""

    name = StringField("Name", validators=[InputRequired("Enter a name.")])
    limit = IntegerField("Requests in a window", validators=[InputRequired("Enter a number.")])
    window = IntegerField("Window", validators=[Optional()], description="In seconds; an hour is 3600.")


class RotationForm(ChangeForm):
    """Which keys get a successor, and when that begins to sign. The algorithms are the page's."""

    alg = SelectField("Algorithm", choices=(), default="all", invalid_choice_message=CHOOSE)
    when = RadioField("When", choices=(), default="later", invalid_choice_message=CHOOSE)


class QueryForm(Form):
    """What a list is searched for, in the query of its address."""

    class Meta(Form.Meta):
        """It changes nothing, so it needs no token."""

        csrf = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            return request.args


class SearchForm(QueryForm):
    """A text that must stand in a name."""

    q = StringField(validators=[Length(max=LONGEST, message=f"At most {LONGEST} characters.")])

    def validate_q(self, field: StringField) -> None:
        """Raises ValidationError for what no name holds."""
        if not (field.data or "").isprintable():
            raise ValidationError("There are characters that no name holds.")


class AuditForm(QueryForm):
    """Which events are wanted. What each may say is checked where they are read."""

    tag = SelectField(choices=(), validate_choice=False)
    actor = StringField()
    user = StringField()
    client = StringField()
    since = StringField()
    until = StringField()
