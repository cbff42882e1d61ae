"""What every template may use: brand, user, locale, texts, times."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask
from markupsafe import Markup

from authserver.browser import identity
from authserver.settings import Settings


def install(app: Flask, settings: Settings) -> None:
    """Texts are marked for translation; until there are catalogues they stand as they are."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters["datetime"] = moment

    @app.context_processor
    def _globals() -> dict[str, Any]:
        return {
            "brand": settings.brand,
            "user": identity.user(),
            "locale": "en",
            "mail_in_log": settings.smtp_url is None,
        }


def moment(seconds: int) -> Markup:
    """Epoch seconds as a date and time that people and machines read."""
    at = datetime.fromtimestamp(seconds, UTC)
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at.day} {at:%b %Y, %H:%M} UTC")
