"""`/admin/health`: whether everything is in order, as `authserver doctor` and `/readyz` see it, and what runs here."""

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from authserver.health import checks
from authserver.health.checks import CHECKS, Finding, Installation
from authserver.health.facts import facts
from authserver.pages.admin.change import command

if TYPE_CHECKING:
    from authserver.composition import House

blueprint = Blueprint("health", __name__)


@blueprint.get("/admin/health")
def show() -> ResponseReturnValue:
    return render_template("admin/health.html", findings=examine(), facts=facts(), command=command("doctor"))


def examine() -> list[Finding]:
    """Every check, in the unit of work of this request: a database that is away has no pages."""
    house: House = current_app.extensions["authserver.house"]
    server = house.server
    installation = Installation(house.settings, house.database, house.migrations, server.keyring, server.limiter)
    return [checks.examine(check, installation) for check in CHECKS]
