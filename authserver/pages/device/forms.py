"""The code, and the answer."""

from wtforms import StringField
from wtforms.validators import DataRequired

from authserver.browser.consent.forms import ConsentForm
from authserver.browser.forms import Form
from authserver.languages import lazy


class CodeForm(Form):
    """The code that the device shows."""

    user_code = StringField(validators=[DataRequired(lazy("Type the code that your device shows."))])


class AnswerForm(ConsentForm):
    """The answer to the question that belongs to a code."""

    user_code = StringField()
