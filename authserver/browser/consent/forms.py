"""The answer to the question."""

from wtforms import PasswordField, SelectField, SelectMultipleField, StringField, ValidationError

from authserver.browser.forms import Form
from authserver.languages import gettext as _

ALLOW, DENY = "allow", "deny"


class ConsentForm(Form):
    """Which button, and which scopes were left checked. Nothing else in it counts: the stored request does (AZ22).

    `ttl`: for how many seconds. `seen`: what the page showed of the application. `password`: only where it is needed.
    """

    decision = StringField()
    scope = SelectMultipleField(choices=(), validate_choice=False)
    ttl = SelectField(coerce=int, choices=())
    seen = StringField()
    password = PasswordField()

    def validate_decision(self, field: StringField) -> None:
        if field.data not in {ALLOW, DENY}:
            raise ValidationError(_("Choose Allow or Deny."))

    @property
    def allows(self) -> bool:
        return bool(self.decision.data == ALLOW)
