"""Wiring it into the Flask application."""

from flask import Flask

from authserver.browser import cookies, csrf, headers, identity, language, parameters, presentation, segments
from authserver.settings import Settings


def install(app: Flask, settings: Settings) -> None:
    """Everything that pages take for granted. `app.secret_key` and the extension `authserver` are the factory's."""
    cookies.install(app, settings)
    language.install(app)
    parameters.install(app)
    segments.install(app)
    app.before_request(language.as_the_application_wishes)
    csrf.install(app)
    identity.install(app)
    presentation.install(app, settings)
    headers.install(app, settings)
