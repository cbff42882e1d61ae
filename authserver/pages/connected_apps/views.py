"""`/account/apps`: who has access, and the button that ends it (RF8)."""

from flask import Blueprint, abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.models import clients
from authserver.oauth import withdrawal
from authserver.pages.connected_apps import connections

blueprint = Blueprint("connected_apps", __name__)


@blueprint.get("/account/apps")
@login_required
def show() -> ResponseReturnValue:
    apps = connections.of_user(identity.account(), access_token_ttl=settings().access_token_ttl)
    return render_template("account/apps.html", apps=apps)


@blueprint.post("/account/apps/<client_id>/revoke")
@login_required
def revoke(client_id: str) -> ResponseReturnValue:
    user = identity.account()
    if not withdrawal.withdraw(user_id=user.id, client_id=client_id, actor=user.id):
        abort(404)
    client = clients.find(client_id)
    flash(_("%(app)s has no access any more.", app=client.name if client else client_id), "success")
    return redirect("/account/apps", 303)
