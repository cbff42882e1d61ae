"""What pages need of the running server."""

from flask import current_app

from authserver.fetch import Fetcher
from authserver.limits.limiter import Limiter
from authserver.settings import Settings


def settings() -> Settings:
    """What the factory was given."""
    kept: Settings = current_app.extensions["authserver"].settings
    return kept


def fetcher() -> Fetcher:
    """What asks other servers."""
    kept: Fetcher = current_app.extensions["authserver"].fetcher
    return kept


def limiter() -> Limiter:
    """What counts requests."""
    kept: Limiter = current_app.extensions["authserver"].limiter
    return kept
