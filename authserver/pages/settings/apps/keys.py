"""`/settings/apps/<client_id>/keys`: keys of an application that proves itself by one (RFC 7523, RFC 8705)."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue

from authserver import strict_json
from authserver.accounts.registration import Problem
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.browser.server import fetcher
from authserver.models.clients import Client
from authserver.oauth import client_jwt, clients
from authserver.oauth.client_jwt import BadToken
from authserver.oauth.client_members import keys as members
from authserver.oauth.errors import OAuth2Error
from authserver.pages.settings.apps.forms import KeysForm
from authserver.pages.settings.apps.frame import address_of, page, say_saved
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("keys", __name__)
TAB = "credentials"  # where they are shown


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A public key: its kid, or else its thumbprint; "EC P-256"; the algorithm that it is for."""

    name: str
    kind: str
    alg: str | None
    certificate: bool


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What is registered: keys, or where they are, or the name of a certificate."""

    replaceable: bool
    rows: tuple[KeyRow, ...]
    uri: str | None
    certificate: tuple[str, str] | None


@blueprint.post("/settings/apps/<client_id>/keys")
@csrf.checked_by_form
@login_required
def replace(client_id: str) -> ResponseReturnValue:
    client, user, form = own_client(client_id), identity.account(), KeysForm()
    if not of(client).replaceable:
        abort(400, "This application does not prove itself by keys.")
    if not form.validate():
        return shown(client, form), 400
    wish = "jwks" if form.jwks.data else "jwks_uri"
    try:
        document = {"jwks": pasted(form.jwks.data), "jwks_uri": form.jwks_uri.data or None}
        changed = clients.change(client, document, privileged=user.is_admin, actor=user.id, fetcher=fetcher())
    except (OAuth2Error, ValueError) as error:
        says = error.description if isinstance(error, OAuth2Error) else f"This is not JSON: {error}."
        form.show([Problem(wish, says)])
        return shown(client, form), 400
    say_saved(client, changed)
    return redirect(address_of(client, TAB), 303)


def shown(client: Client, form: KeysForm | None = None) -> str:
    """The credentials of an application without a secret."""
    return page(client, TAB, keys=of(client), form=form or KeysForm(formdata=None))


def of(client: Client) -> OwnKeys:
    """What an application proves itself by."""
    registered = client.details.get("jwks", {"keys": []})["keys"]
    certificate = next(((name, client.details[name]) for name in members.NAMES if name in client.details), None)
    replaceable = client.token_endpoint_auth_method in members.BY_KEY
    return OwnKeys(replaceable, tuple(map(_row, registered)), client.details.get("jwks_uri"), certificate)


def _row(jwk: dict[str, Any]) -> KeyRow:
    try:
        name = jwk.get("kid") or client_jwt.thumbprint(jwk)
    except BadToken:  # was taken once, and would not be now
        name = "?"
    kind = " ".join(str(jwk[member]) for member in ("kty", "crv") if member in jwk)
    return KeyRow(name, kind, jwk.get("alg"), bool(jwk.get("x5c")))


def pasted(text: str | None) -> Any:
    """A JWK Set, or one key alone, which is what most tools print."""
    if not text or not text.strip():
        return None
    value = strict_json.parse(text.encode())
    return {"keys": [value]} if isinstance(value, dict) and "kty" in value else value
