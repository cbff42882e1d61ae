"""`/settings/apps`: registering and changing applications. The rules are those of `oauth.clients`."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts.registration import Problem
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.models import clients as stored_clients
from authserver.models.clients import Client
from authserver.oauth import clients
from authserver.oauth.clients import Registered, TakenError
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings import metadata, once
from authserver.pages.settings.detail import address_of, detail_page
from authserver.pages.settings.forms import AnyAppForm, AppChangeForm, AppForm
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("apps", __name__)
FORM = "app_form"


@blueprint.get("/settings/apps")
@login_required
def show_all() -> ResponseReturnValue:
    user = identity.account()
    apps = stored_clients.every(owner_id=None if user.is_admin else user.id)
    return render_template("settings/apps.html", apps=apps)


@blueprint.get("/settings/apps/new")
@login_required
def ask() -> ResponseReturnValue:
    return _new_page(_form())


@blueprint.post("/settings/apps/new")
@csrf.checked_by_form
@login_required
def register() -> ResponseReturnValue:
    user, form = identity.account(), _form()
    if not form.validate():
        return _new_page(form), 400
    document = metadata.of_new(form)
    if wrong := metadata.problems(document, kind=form.type.data, privileged=user.is_admin):
        form.show(wrong)
        return _new_page(form), 400
    if not once.first(FORM, form.nonce.data, user_id=user.id):
        flash("That application is registered already; nothing was registered a second time.", "info")
        return redirect("/settings/apps", 303)
    try:
        registered = clients.register(document, owner_id=user.id, privileged=user.is_admin, actor=user.id)
    except OAuth2Error as error:
        form.nonce.data = once.nonce()
        form.show([Problem("audience" if isinstance(error, TakenError) else "name", error.description)])
        return _new_page(form), 400
    return _registered(registered)


@blueprint.get("/settings/apps/<client_id>")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    return detail_page(client, AppChangeForm(data=metadata.values_of(client)))


@blueprint.post("/settings/apps/<client_id>")
@csrf.checked_by_form
@login_required
def change(client_id: str) -> ResponseReturnValue:
    user, client, form = identity.account(), own_client(client_id), AppChangeForm()
    if not form.validate():
        return detail_page(client, form), 400
    document = metadata.of_change(form, client)
    added = " ".join(name for name in document["scope"].split() if name not in client.scope.split())
    if wrong := metadata.problems({**document, "scope": added}, kind=client.type, privileged=user.is_admin):
        form.show(wrong)
        return detail_page(client, form), 400
    try:
        clients.change(client, document, privileged=user.is_admin, actor=user.id)
    except OAuth2Error as error:
        form.show([Problem("scope", error.description)])
        return detail_page(client, form), 400
    flash("Your changes are saved.", "success")
    return redirect(address_of(client), 303)


@blueprint.post("/settings/apps/<client_id>/delete")
@login_required
def delete(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    if request.form.get("confirm", "").split() != client.name.split():
        flash("Nothing was deleted: type the name exactly as it stands there.", "error")
        return detail_page(client, AppChangeForm(formdata=None, data=metadata.values_of(client))), 400
    clients.remove(client, actor=identity.account().id)
    flash(f"{client.name} is deleted. Its tokens have stopped working.", "success")
    return redirect("/settings/apps", 303)


def _form() -> AppForm:
    return AnyAppForm() if identity.account().is_admin else AppForm()


def _new_page(form: AppForm) -> str:
    form.nonce.data = form.nonce.data or once.nonce()
    return render_template("settings/app_new.html", form=form)


def _registered(registered: Registered) -> ResponseReturnValue:
    client: Client = registered.client
    if registered.secret is None:
        flash(f"{client.name} is registered.", "success")
        return redirect(address_of(client), 303)
    # In this answer only: a redirect would have to keep the secret somewhere.
    return render_template(
        "settings/app_secret.html", client=client, secret=registered.secret, issuer=settings().issuer
    )
