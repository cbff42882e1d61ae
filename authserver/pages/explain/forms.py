"""What is asked of a developer."""

from wtforms import PasswordField

from authserver.browser.forms import Form


class AddForm(Form):
    """Register the requested redirect URI. `password`: only where the sign-in is a while ago."""

    password = PasswordField()
