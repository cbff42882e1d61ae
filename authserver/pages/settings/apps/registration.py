"""`/settings/apps/new`: registering an application. The rules are those of `oauth.clients`."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from authserver.accounts.registration import Problem
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.oauth import client_metadata, clients
from authserver.oauth.clients import Registered, TakenError
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings import once
from authserver.pages.settings.apps import metadata
from authserver.pages.settings.apps.credentials import secret_page
from authserver.pages.settings.apps.forms import AnyAppForm, AppForm
from authserver.pages.settings.apps.frame import OVERVIEW, address_of

blueprint = Blueprint("registration", __name__)
FORM = "app_form"


@blueprint.get("/settings/apps/new")
@login_required
def ask() -> ResponseReturnValue:
    return _page(_form())


@blueprint.post("/settings/apps/new")
@csrf.checked_by_form
@login_required
def register() -> ResponseReturnValue:
    user, form = identity.account(), _form()
    if not form.validate():
        return _page(form), 400
    document = metadata.of_new(form)
    if wrong := metadata.problems(document, kind=form.type.data, privileged=user.is_admin):
        form.show(wrong)
        return _page(form), 400
    if not once.first(FORM, form.nonce.data, user_id=user.id):
        flash("That application is registered already; nothing was registered a second time.", "info")
        return redirect("/settings/apps", 303)
    try:
        registered = clients.register(document, owner_id=user.id, privileged=user.is_admin, actor=user.id)
    except OAuth2Error as error:
        form.nonce.data = once.nonce()
        form.show([Problem("audience" if isinstance(error, TakenError) else "name", error.description)])
        return _page(form), 400
    return _registered(registered)


def _form() -> AppForm:
    return AnyAppForm() if identity.account().is_admin else AppForm()


def _page(form: AppForm) -> str:
    form.nonce.data = form.nonce.data or once.nonce()
    return render_template("settings/app_new.html", form=form, defaults=client_metadata.DEFAULTS)


def _registered(registered: Registered) -> ResponseReturnValue:
    client = registered.client
    if registered.secret is not None:
        return secret_page(client, registered.secret, then=OVERVIEW)
    flash(f"{client.name} is registered.", "success")
    return redirect(address_of(client), 303)
