"""The answer to "Sign out?"."""

from wtforms import StringField

from authserver.browser.forms import Form


class SignOutForm(Form):
    """What the application asked for goes along, and is checked again."""

    client_id = StringField()
    post_logout_redirect_uri = StringField()
    state = StringField()
