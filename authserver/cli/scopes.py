"""`authserver scopes`: what applications and keys may ask for."""

from typing import Any

import click

from authserver.cli.failures import Conflict, Failure, NotFound
from authserver.cli.output import show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, work
from authserver.models.scopes import Scope
from authserver.oauth import scope_registry, scopes
from authserver.oauth.scope_registry import BadScope, TakenScope, UnknownScope, Use

COLUMNS = ("name", "description", "reserved", "applications", "keys", "grants")
UNUSED = Use(0, 0, 0)
COMMAND = Noun("scopes", help="What applications and keys may ask for.")


@COMMAND.command("list")
def list_() -> None:
    """All scopes, in the order in which people see them, and what uses each."""
    with work():
        found, uses = scopes.known(), scope_registry.uses()
    show_many([{**_document(scope), **_counts(uses.get(scope.name, UNUSED))} for scope in found], COLUMNS)


@COMMAND.command("add")
@click.argument("name")
@click.option("--description", default="", help="What it allows, in plain words.  [default: its name]")
@click.option("--reserved", is_flag=True, help="Only administrators may grant it.")
def add(name: str, description: str, reserved: bool) -> None:
    """Add a scope."""
    with work():
        try:
            made = scope_registry.add(name, description=description, reserved=reserved, actor=ACTOR)
        except TakenScope as error:
            raise Conflict(str(error)) from None
        except BadScope as error:
            raise Failure(str(error)) from None
    show(_document(made))


@COMMAND.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove a scope: nobody can ask for it any more. What was granted keeps it until it expires."""
    with work():
        try:
            scope_registry.remove(name, actor=ACTOR)
        except UnknownScope as error:
            raise NotFound(str(error)) from None
        except BadScope as error:
            raise Failure(str(error)) from None
    show({"name": name, "removed": True})


def _document(scope: Scope) -> dict[str, Any]:
    return {"name": scope.name, "description": scope.description, "reserved": scope.reserved}


def _counts(use: Use) -> dict[str, int]:
    return {"applications": use.applications, "keys": use.keys, "grants": use.grants}
