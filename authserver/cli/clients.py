"""`authserver clients`: applications and resource servers, by RFC 7591 metadata."""

import json
from collections.abc import Callable
from typing import Any

import click

from authserver.cli.durations import Duration
from authserver.cli.failures import Conflict, Failure
from authserver.cli.output import note, show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, client_named, text_of, user_named, work
from authserver.models import client_secrets
from authserver.models import clients as stored
from authserver.models.clients import Client
from authserver.models.listing import Part
from authserver.oauth import clients

#: Flag -> its name in the metadata document.
METADATA = {
    "name": "client_name",
    "type": "type",
    "redirect_uri": "redirect_uris",
    "post_logout_redirect_uri": "post_logout_redirect_uris",
    "backchannel_logout_uri": "backchannel_logout_uri",
    "origin": "allowed_origins",
    "grant_type": "grant_types",
    "scope": "scope",
    "auth_method": "token_endpoint_auth_method",
    "pkce": "require_pkce",
    "access_token_format": "access_token_format",
    "trusted": "trusted",
    "audience": "audience",
    "environment": "environment",
    "meter": "meter",
}
OPTIONS = (
    click.option("--name", help="Name that people see."),
    click.option("--redirect-uri", multiple=True, metavar="URI", help="Repeat for more."),
    click.option("--post-logout-redirect-uri", multiple=True, metavar="URI", help="Repeat for more."),
    click.option("--backchannel-logout-uri", metavar="URI", help="Where it is told that a session is over."),
    click.option("--origin", multiple=True, metavar="ORIGIN", help="Origin that may call (CORS). Repeat for more."),
    click.option("--grant-type", multiple=True, metavar="NAME", help="RFC name of a grant. Repeat for more."),
    click.option("--scope", help="Space-separated.  [default: every scope that is not reserved]"),
    click.option("--trusted/--no-trusted", default=None, help="First party: no consent page."),
    click.option("--require-pkce/--no-require-pkce", "pkce", default=None, help="Demand PKCE.  [default: yes]"),
    click.option("--access-token-format", type=click.Choice(["jwt", "opaque"])),
    click.option(
        "--environment", type=click.Choice(["live", "test", "any"]), help="Keys it accepts (resource server)."
    ),
    click.option("--meter/--no-meter", default=None, help="Each introspection spends quota (resource server)."),
    click.option("--metadata", metavar="FILE|-", help="Everything at once: a JSON document of RFC 7591."),
)
COLUMNS = ("client_id", "client_name", "type", "grant_types", "owner", "disabled", "client_id_issued_at")
COMMAND = Noun("clients", help="Applications and resource servers.")


def described(command: Callable[..., None]) -> Callable[..., None]:
    """The options that describe a client."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@COMMAND.command("create")
@described
@click.option("--type", type=click.Choice(["web", "spa", "native", "machine"]), help="[default: by the other flags]")
@click.option("--auth-method", metavar="METHOD", help="client_secret_basic, private_key_jwt, tls_client_auth, none...")
@click.option("--resource-server", is_flag=True, help="An API that introspects tokens and keys; needs --audience.")
@click.option("--audience", metavar="URL", help="What tokens for this resource server name.")
@click.option("--owner", metavar="USER", help="Whose client it is.")
@click.option("--client-id", metavar="ID", help="[default: a random one]")
def create(metadata: str | None, resource_server: bool, owner: str | None, client_id: str | None, **flags: Any) -> None:
    """Make a client. Its secret is in the answer, and nowhere else."""
    if resource_server:
        flags["type"] = "resource_server"
    document = _document_of(metadata, flags)
    with work() as house:
        owner_id = user_named(owner).id if owner is not None else None
        known: dict[str, Any] = {"client_id": client_id, "actor": ACTOR, "fetcher": house.server.fetcher}
        made = clients.register(document, owner_id=owner_id, privileged=True, **known)
    show(clients.document(made.client, made.secret))
    if made.secret is not None:
        note("Keep the client_secret now: it is not shown again.")


@COMMAND.command("list")
@click.option("--search", metavar="TEXT", help="Only those in whose name, id or audience this stands.")
def list_(search: str | None) -> None:
    """All clients, newest first."""
    with work():
        clients_found = stored.every() if search is None else stored.search(search, Part(100_000)).items
        found = [_facts(client) for client in clients_found]
    show_many(found, COLUMNS)


@COMMAND.command("show")
@click.argument("client_id")
def show_(client_id: str) -> None:
    """One client, and the hints of its secrets."""
    with work():
        client = client_named(client_id)
        secrets = [
            {"id": secret.id, "hint": secret.hint, "created_at": secret.created_at, "expires_at": secret.expires_at}
            for secret in client_secrets.alive(client.client_id)
        ]
    show({**_facts(client), "secrets": secrets})


@COMMAND.command("update")
@click.argument("client_id")
@described
@click.option("--verified/--unverified", default=None, help="Whether people are told that you have checked it.")
def update(client_id: str, metadata: str | None, verified: bool | None, **flags: Any) -> None:
    """Change what the flags name, keep the rest. A list that is given replaces the one before."""
    document = _document_of(metadata, flags)
    if not document and verified is None:
        raise click.UsageError("Say what to change.")
    with work() as house:
        client = client_named(client_id)
        if document:
            client = clients.change(client, document, privileged=True, actor=ACTOR, fetcher=house.server.fetcher)
        if verified is not None:
            _verify(client, verified)
        facts = _facts(client_named(client_id))
    show(facts)


@COMMAND.command("delete")
@click.argument("client_id")
def delete(client_id: str) -> None:
    """Delete a client and end all that was issued to it."""
    with work():
        clients.remove(client_named(client_id), actor=ACTOR)
    show({"client_id": client_id, "deleted": True})


@COMMAND.command("rotate-secret")
@click.argument("client_id")
@click.option("--overlap", type=Duration(), default="0", help="How long the old secret lives on, up to 7d.")
def rotate_secret(client_id: str, overlap: int) -> None:
    """Make a new secret; it is in the answer, and nowhere else."""
    with work():
        client = client_named(client_id)
        secret = clients.add_secret(client, overlap=overlap, actor=ACTOR)
    show(clients.document(client, secret))
    note("Keep the client_secret now: it is not shown again.")


@COMMAND.command("enable")
@click.argument("client_id")
def enable(client_id: str) -> None:
    """Switch a client on."""
    _switch(client_id, enabled=True)


@COMMAND.command("disable")
@click.argument("client_id")
def disable(client_id: str) -> None:
    """Switch a client off; its tokens stop working at once."""
    _switch(client_id, enabled=False)


def _verify(client: Client, verified: bool) -> None:
    if (client.verified_at is not None) == verified:
        note(f"{client.client_id} was so before.")
    elif not clients.set_verified(client, verified, actor=ACTOR):
        raise Conflict("The client was changed in the meantime: look at it again.")


def _switch(client_id: str, *, enabled: bool) -> None:
    with work():
        client = client_named(client_id)
        if client.enabled == enabled:
            note(f"{client_id} was so before.")
        else:
            clients.set_enabled(client, enabled, actor=ACTOR)
        facts = _facts(client_named(client_id))
    show(facts)


def _document_of(metadata: str | None, flags: dict[str, Any]) -> dict[str, Any]:
    """The metadata document that the flags, or the file, describe (decision 43)."""
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    document = {METADATA[name]: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    if metadata is None:
        return document
    if beside := sorted(given.keys() - {"origin"}):
        raise click.UsageError(
            f"--metadata goes with no other flag but --client-id, --owner and --origin, not with {beside[0]}."
        )
    return {**_read(metadata), **document}


def _read(place: str) -> dict[str, Any]:
    try:
        document = json.loads(text_of(place))
    except (ValueError, RecursionError):
        raise Failure("The metadata is not JSON.") from None
    if not isinstance(document, dict):
        raise Failure("The metadata must be a JSON object.")
    return document


def _facts(client: Client) -> dict[str, Any]:
    return {
        **clients.document(client),
        "owner": client.owner_id,
        "disabled": not client.enabled,
        "verified_at": client.verified_at,
    }
