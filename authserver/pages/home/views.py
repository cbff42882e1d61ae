"""The first page: what this is, or what to do next."""

from flask import Blueprint, render_template

from authserver.browser import identity
from authserver.browser.server import settings
from authserver.pages.home import steps

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> str:
    user = identity.user()
    return render_template(
        "home/home.html",
        signup_open=settings().signup == "open",
        connections=0 if user is None else steps.connections(user),
        steps=() if user is None else steps.of_developer(user),
    )
