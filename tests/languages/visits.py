"""What a test has seen of the pages, and who visits them: browsers of one language, an application, its owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, request, request_finished, template_rendered
from jinja2 import Template

from authserver.browser import language
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import clients
from tests.factories import make_client
from tests.pages.people import PASSWORD, Browser, commit
from tests.relying_party import RelyingParty

NAME = "Zoë"
APP = "Photo Album"
SCOPE = "openid profile offline_access read:realms write:realms delete:realms"


@dataclass(slots=True)
class Seen:
    """Pages by where they were, and the templates that made them."""

    pages: dict[str, str] = field(default_factory=dict)
    templates: set[str] = field(default_factory=set)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Every page that is answered within."""

        def rendered(_app: Flask, template: Template, **_: object) -> None:
            self.templates.add(template.name or "")

        def answered(_app: Flask, response: Response) -> None:
            if not 300 <= response.status_code < 400 and response.mimetype == "text/html" and language.is_translated():
                where = f"{request.method} {request.path} {response.status_code} ({len(self.pages)})"
                self.pages[where] = response.get_data(as_text=True)

        with template_rendered.connected_to(rendered), request_finished.connected_to(answered):
            yield


def another(app: Flask) -> Browser:
    """A browser that speaks the same language."""
    at = Browser(app)
    at.client.set_cookie("language", "de")
    return at


def visiting(app: Flask, at: Browser, owner: User | None = None, **metadata: object) -> RelyingParty:
    """An application that has sent this browser here."""
    wanted = {"client_name": APP, "scope": SCOPE, **metadata}
    client, secret = make_client(app.extensions["authserver.house"], owner=owner, **wanted)
    return RelyingParty(at.client, client, secret)


def consented(rp: RelyingParty) -> None:
    if rp.at == "/consent":
        rp.consent("allow", password=PASSWORD)


def changed(app: Flask, client: Client) -> None:
    """Its owner gives it another name and another address."""
    metadata = {"client_name": f"{client.name} 2", "redirect_uris": [*client.redirect_uris, "https://new.example/cb"]}
    if client.type != "native":
        commit(app, lambda: clients.change(client, metadata, privileged=False, actor="tests"))


def request_of(rp: RelyingParty) -> str:
    assert rp.reply is not None
    return rp.reply.path.partition("req=")[2].partition("&")[0]
