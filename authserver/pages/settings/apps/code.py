"""`/settings/apps/<client_id>/code`: programs that run as they stand, with everything but the secret filled in."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser.identity import login_required
from authserver.models.clients import Client
from authserver.oauth import scopes
from authserver.oauth.server import AuthorizationServer
from authserver.pages.settings import words
from authserver.pages.settings.apps.activity import last_requests
from authserver.pages.settings.apps.forms import RESOURCE_SERVER
from authserver.pages.settings.apps.frame import address_of, page, signs_people_in
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("code", __name__)
TAB = "code"
CODE, MACHINE, INTROSPECTION = "code", "client_credentials", "introspection"


@dataclass(frozen=True, slots=True)
class Language:
    """How a sample is called and run."""

    name: str
    file: str
    run: str


LANGUAGES: Mapping[str, Language] = {
    "curl": Language("cURL", "example.sh", "sh example.sh"),
    "javascript": Language("JavaScript", "example.mjs", "node example.mjs"),
    "python": Language("Python", "example.py", "python3 example.py"),
    "go": Language("Go", "example.go", "go run example.go"),
}
#: In a browser application it runs in the browser.
IN_BROWSER = Language("JavaScript", "sign-in.js", '<script type="module" src="sign-in.js"></script>')


@blueprint.get("/settings/apps/<client_id>/code")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    wish = request.args.get("lang", "")
    lang = wish if wish in LANGUAGES else next(iter(LANGUAGES))
    uri = _redirect_uri(client, request.args.get("redirect_uri"))
    last = last_requests([client.client_id]).get(client.client_id)
    flow = flow_of(client)
    return page(
        client,
        TAB,
        chosen=lang,
        sample=IN_BROWSER if in_browser(client, lang) else LANGUAGES[lang],
        samples=[(name, _address(client, name, uri), one.name) for name, one in LANGUAGES.items()],
        flow=flow,
        redirect_uri=uri,
        code=None if flow is None else sample(client, lang, uri),
        ago=None if last is None else words.since(last),
    )


def flow_of(client: Client) -> str | None:
    """What a program of this type does first; None where there is no sample."""
    if not client.public and not client.has_secret:
        return None  # it signs with a key of its own, which is a library's work
    if client.type == RESOURCE_SERVER:
        return INTROSPECTION
    if signs_people_in(client):
        return CODE
    return MACHINE if MACHINE in client.grant_types else None


def in_browser(client: Client, lang: str) -> bool:
    """Whether this sample is not for a program of its own."""
    return client.type == "spa" and lang == "javascript"


def sample(client: Client, lang: str, redirect_uri: str | None = None) -> str:
    """The program in this language, for the flow of this client and this redirect URI, by default its first."""
    redirect_uri = _redirect_uri(client, redirect_uri)
    name = "browser.js" if in_browser(client, lang) else f"{flow_of(client)}.{lang}"
    server: AuthorizationServer = current_app.extensions["authserver"]
    scope = scopes.join(wanted(client))
    asked = {"response_type": "code", "client_id": client.client_id, "redirect_uri": redirect_uri, "scope": scope}
    return render_template(
        f"settings/code/{name}.jinja",
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scope=scope,
        issuer=server.settings.issuer,
        endpoints={name: server.settings.issuer + path for name, path in server.paths.items()},
        query=urlencode(asked, quote_via=quote, safe=""),
        public=client.public,
        post=client.token_endpoint_auth_method == "client_secret_post",
        # A string of any of the languages, and a word of the shell.
        text=json.dumps,
        word=shlex.quote,
    ).strip()


def wanted(client: Client) -> tuple[str, ...]:
    """The scopes of the sample: those of the client, or a few that any may ask for."""
    people = signs_people_in(client)
    names = [name for name in scopes.open_to(client) if people or name not in scopes.OPENID_SCOPES]
    if client.scope:
        return tuple(names)
    reading = [name for name in names if scopes.kind(name) == "read"][:1]
    return tuple([name for name in names if name in ("openid", "profile")] + reading)


def _redirect_uri(client: Client, asked: str | None) -> str:
    """The one that was chosen, if it is registered, else the first."""
    uris = client.redirect_uris
    return asked if asked in uris else uris[0] if uris else ""


def _address(client: Client, lang: str, uri: str) -> str:
    query = {"lang": lang}
    if len(client.redirect_uris) > 1:
        query["redirect_uri"] = uri
    return f"{address_of(client, TAB)}?{urlencode(query)}"
