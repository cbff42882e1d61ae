"""The command line: finds the noun, loads only its module, and turns every failure into an exit code.

Whoever runs `authserver run` becomes the parent of the workers, so nothing here imports application code (decision 37).
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from authserver.cli.failures import ABORTED, Failure
from authserver.cli.verb import Operator, config_option

if TYPE_CHECKING:
    from flask import Flask

#: Each is a module of this package, which holds it as COMMAND.
NOUNS = {
    "run": "Prepare what is missing, then serve.",
    "users": "People: create list show disable enable set-password set-tier make-admin send-reset ...",
    "clients": "Applications and resource servers: create list show update delete rotate-secret enable disable.",
    "api-keys": "API keys: create list revoke rotate scan.",
    "scopes": "Scopes: list add remove.",
    "tiers": "How many requests accounts may make: list set.",
    "signing-keys": "Keys that sign tokens: list rotate retire.",
    "registration-tokens": "What applications register themselves with: create list revoke.",
    "tokens": "Single tokens: introspect revoke; end-all in an emergency.",
    "issuers": "Other issuers whose assertions are taken: add list disable enable remove.",
    "grants": "What was granted to applications: list revoke.",
    "db": "The schema of the database: upgrade check.",
    "purge": "Forget what has expired.",
    "doctor": "Look whether everything is in order.",
    "explain": "How one request was checked, by its trace id.",
    "audit": "What was changed, by whom: tail export.",
}


class Nouns(click.Group):
    """Loads a noun when it is used; its one line of help is known beforehand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        module = importlib.import_module(f"authserver.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.COMMAND
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))


@click.command(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]}, params=[config_option()])
@click.version_option(package_name="authserver", message="%(version)s")
def authserver() -> None:
    """A self-hosted OAuth 2.0 / OpenID Connect authorization server.

    Settings come from flags, AUTHSERVER_* in the environment, and the settings file.
    Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 5 conflict, 6 findings.
    """


def run_command(argv: Sequence[str], create_app: "Callable[..., Flask]") -> int:
    """Run one command line and return its exit code."""
    operator = Operator(create_app)
    try:
        return _outcome(list(argv), operator)
    except Failure as failure:
        if str(failure):
            click.echo(f"authserver: {failure}", err=True)
        return failure.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("authserver: aborted", err=True)
        return ABORTED
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        operator.leave()


def _outcome(argv: list[str], operator: Operator) -> int:
    if any(0xD800 <= ord(char) < 0xE000 for word in argv for char in word):
        raise click.UsageError("The arguments are not valid UTF-8.")
    result: Any = authserver.main(argv, prog_name="authserver", standalone_mode=False, obj=operator)
    return result if isinstance(result, int) else 0
