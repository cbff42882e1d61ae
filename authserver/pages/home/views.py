"""The first page: what this is, or where to go."""

from flask import Blueprint, render_template

from authserver.browser.server import settings

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> str:
    return render_template("home/home.html", signup_open=settings().signup == "open")
