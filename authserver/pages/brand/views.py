"""Whose server it is: logo and accent of the settings, read once at the start."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, current_app, request
from flask.blueprints import BlueprintSetupState

from authserver.browser import headers
from authserver.pages.brand import colours
from authserver.settings import LOGO_TYPES, Settings

blueprint = Blueprint("brand", __name__)
#: A drawing that somebody opens by its address can neither run scripts nor load anything.
LOGO_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class Brand:
    """What the two routes below serve; None where nothing is set."""

    style: str | None
    logo: bytes | None
    logo_type: str


@blueprint.record
def _read(state: BlueprintSetupState) -> None:
    state.app.extensions["authserver.brand"] = _brand(state.app.extensions["authserver"].settings)


@blueprint.get("/brand.css")
def style() -> Response:
    found = _kept().style
    return _asset(found.encode(), "text/css") if found is not None else abort(404)


@blueprint.get("/brand/logo")
def logo() -> Response:
    brand = _kept()
    if brand.logo is None:
        abort(404)
    response = _asset(brand.logo, brand.logo_type)
    response.headers["Content-Security-Policy"] = LOGO_CSP
    return response


def _kept() -> Brand:
    kept: Brand = current_app.extensions["authserver.brand"]
    return kept


def _asset(content: bytes, mimetype: str) -> Response:
    headers.as_asset()
    response = Response(content, mimetype=mimetype)
    response.add_etag()
    response.make_conditional(request)
    return response


def _brand(settings: Settings) -> Brand:
    style = _style(settings.accent) if settings.accent else None
    if settings.logo is None:
        return Brand(style, None, "")
    return Brand(style, settings.logo.read_bytes(), LOGO_TYPES[settings.logo.suffix.lower()])


def _style(wish: str) -> str:
    light, dark = (colours.accent(wish, scheme) for scheme in (colours.LIGHT, colours.DARK))
    return f":root{{--accent:{light}}}\n@media (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}\n"
