"""What every template may use: brand, user, language, texts, times."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, g
from markupsafe import Markup

from authserver import languages
from authserver.browser import identity, language
from authserver.oauth.session_tokens import generation
from authserver.settings import Settings


def install(app: Flask, settings: Settings) -> None:
    """Texts of templates come from the same catalogues as those of the sources."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(languages.gettext, languages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters["datetime"] = moment
    app.jinja_env.filters["duration"] = languages.duration

    session_tokens = settings.session_tokens == "on"

    @app.context_processor
    def _globals() -> dict[str, Any]:
        return {
            "brand": settings.brand,
            "brand_accent": bool(settings.accent),
            "brand_logo": settings.logo is not None,
            "support_url": settings.support_url,
            "user": identity.user(),
            **language.context(),
            "mail_in_log": settings.smtp_url is None,
            "session_tokens": session_tokens,
            # A login inside an authorization stores none (decision 32).
            "keeps_session_token": session_tokens and not g.get("within_authorization"),
            "session_generation": _generation(),
        }


def _generation() -> str:
    """What stands for this sign-in in its session tokens; empty when nobody is signed in."""
    found = identity.signed_in()
    return generation(found.session.digest, is_admin=found.user.is_admin) if found is not None else ""


def moment(seconds: int) -> Markup:
    """Epoch seconds as a date and time that people and machines read."""
    machine = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return Markup('<time datetime="{}">{}</time>').format(machine, languages.moment(seconds))
