"""`authserver scopes`: what applications and keys may ask for."""

from typing import Any

import click

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.failures import Conflict, Failure, NotFound
from authserver.cli.output import show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, work
from authserver.models import scopes as stored
from authserver.oauth import scopes

LONGEST_NAME, LONGEST_DESCRIPTION = 100, 300
COMMAND = Noun("scopes", help="What applications and keys may ask for.")


@COMMAND.command("list")
def list_() -> None:
    """All scopes, in the order in which people see them."""
    with work():
        found = stored.every()
    show_many([_document(scope) for scope in found], ("name", "description", "reserved"))


@COMMAND.command("add")
@click.argument("name")
@click.option("--description", default="", help="What it allows, in plain words.  [default: its name]")
@click.option("--reserved", is_flag=True, help="Only administrators may grant it.")
def add(name: str, description: str, reserved: bool) -> None:
    """Add a scope."""
    with work():
        if scopes.split(name) != (name,) or len(name) > LONGEST_NAME:
            raise Failure(f"A scope is one word of at most {LONGEST_NAME} characters.")
        words = " ".join(description.split()) or name
        if len(words) > LONGEST_DESCRIPTION or not words.isprintable():
            raise Failure(f"A description has at most {LONGEST_DESCRIPTION} visible characters.")
        if not stored.add(name, description=words, reserved=reserved):
            raise Conflict(f"There is a scope {name} already.")
        record(Tag.SCOPE_ADDED, actor=ACTOR, scope=name, reserved=reserved)
    show({"name": name, "description": words, "reserved": reserved})


@COMMAND.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove a scope: nobody can ask for it any more. What was granted keeps it until it expires."""
    with work():
        if name in scopes.NOT_FOR_KEYS:
            raise Failure(f"The scope {name} is part of this server.")
        if not stored.remove(name):
            raise NotFound(f"There is no scope {name}.")
        record(Tag.SCOPE_REMOVED, actor=ACTOR, scope=name)
    show({"name": name, "removed": True})


def _document(scope: stored.Scope) -> dict[str, Any]:
    return {"name": scope.name, "description": scope.description, "reserved": scope.reserved}
