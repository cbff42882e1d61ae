"""The form of the link that ends access."""

from authserver.browser.forms import Form


class EndForm(Form):
    """The button that ends access."""
