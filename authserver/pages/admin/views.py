"""`/admin`: for administrators only. Everybody else is told so, on every address below it (AD2)."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.models import clients, installation, users
from authserver.pages.admin import apps, audit, emergency, health, scopes, signing_keys, user_changes
from authserver.pages.admin import users as accounts

blueprint = Blueprint("admin", __name__)
for _part in (accounts, user_changes, apps, scopes, signing_keys, audit, health, emergency):
    blueprint.register_blueprint(_part.blueprint)


@blueprint.before_request
def only_administrators() -> ResponseReturnValue | None:
    """Before any object is looked for: whether it is there is nobody else's business (AD1)."""
    return login_required(_check)() or None


@blueprint.get("/admin")
def overview() -> ResponseReturnValue:
    return render_template(
        "admin/overview.html",
        people=users.count(),
        administrators=users.administrators(),
        apps=clients.count(),
        troubles=[finding for finding in health.examine() if not finding.ok],
        not_before=installation.not_before(),
    )


def _check() -> ResponseReturnValue:
    if not identity.account().is_admin:
        abort(403, "These pages are for administrators.")
    return ""
