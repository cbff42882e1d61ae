"""Security headers of every page (LG6)."""

from collections.abc import Iterable

from flask import Flask, Response, g, request

from authserver.settings import Settings

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: Browsers apply it to every redirect that follows a form, up to the application's own (decision 12).
FORM_ACTION = "; form-action 'self'"
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ASSET_LIFETIME = 300


def install(app: Flask, settings: Settings) -> None:
    """Add them to every answer that Flask gives."""

    @app.after_request
    def _add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        _add_policies(response)
        if settings.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


def within_authorization() -> None:
    """This page is part of an authorization: its form ends at the application, whose pop-up it may be."""
    g.within_authorization = True


def framing(origins: Iterable[str]) -> None:
    """This answer, and no other, shows pages of these origins inside it (OpenID Connect Front-Channel Logout)."""
    g.framing = " ".join(dict.fromkeys(origins))


def as_asset() -> None:
    """This answer is the same for everybody: it may be kept for a while."""
    g.asset = True


def _add_policies(response: Response) -> None:
    inside = g.get("within_authorization", False)
    frames = f"; frame-src {g.framing}" if g.get("framing") else ""
    response.headers.setdefault("Content-Security-Policy", (CSP if inside else CSP + FORM_ACTION) + frames)
    if not inside:  # it would cut a pop-up off the application that opened it
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.endpoint == "static" or g.get("asset"):
        response.headers["Cache-Control"] = f"public, max-age={ASSET_LIFETIME}"
    else:
        response.headers["Cache-Control"] = "no-store"
