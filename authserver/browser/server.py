"""The settings of the running server, for pages."""

from flask import current_app

from authserver.settings import Settings


def settings() -> Settings:
    """What the factory was given."""
    kept: Settings = current_app.extensions["authserver"].settings
    return kept
