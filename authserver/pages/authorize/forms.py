"""Forms of an authorization that was left, or has been open for long."""

from wtforms import StringField
from wtforms.validators import Length

from authserver.browser.forms import Form


class RequestForm(Form):
    """Which stored request; and the user name that was typed already, which goes on to the next page."""

    req = StringField(validators=[Length(max=100)])
    username = StringField()
