"""The answer to the question."""

from wtforms import SelectMultipleField, StringField
from wtforms.validators import AnyOf

from authserver.browser.forms import Form

ALLOW, DENY = "allow", "deny"


class ConsentForm(Form):
    """Which button, and which scopes were left checked. Nothing else in it counts: the stored request does (AZ22)."""

    decision = StringField(validators=[AnyOf((ALLOW, DENY), message="Choose Allow or Deny.")])
    scope = SelectMultipleField(choices=(), validate_choice=False)
