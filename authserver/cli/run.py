"""`authserver run`: prepare what is missing, then serve (decisions 36 and 37)."""

import os

import click

from authserver.cli.configuration import chosen_settings
from authserver.cli.failures import Failure
from authserver.cli.preparing import Preparing
from authserver.cli.serve import Listen, ListenRefused, serve
from authserver.cli.verb import Operator, config_option
from authserver.settings import PREFIX, Settings


def _address(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        return value if value is None else str(Listen.parse(value))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("run", params=[config_option()])
@click.option("--demo", is_flag=True, help="Also make a demo user, clients and keys, and print commands to try.")
@click.option("--listen", metavar="HOST:PORT", callback=_address, help="Where to listen.  [default: 127.0.0.1:8000]")
@click.option("--workers", type=click.IntRange(1, 256), help="How many worker processes.  [default: by the machine]")
@click.option("--replace", is_flag=True, help="Share the port with the server that this one replaces.")
@click.pass_obj
def run(operator: Operator, demo: bool, listen: str | None, workers: int | None, replace: bool) -> int:
    """Prepare what is missing, then serve.

    Makes the keys and, on SQLite, the newest schema; on an empty database prints a link for the first administrator.
    Stops on SIGTERM, and on SIGHUP starts the workers anew without losing a request.
    """
    settings = chosen_settings(operator, listen=listen, workers=workers)
    place = _free(settings.listen, replace=replace)
    settings = _handed_on(operator, place, settings.workers)
    text = None
    # A SQLite file is prepared by the first worker, so there the rest can wait until that answers.
    if demo or not settings.database_url.startswith("sqlite"):
        text = Preparing(operator.create_app, with_demo=demo).text()

    def ready(taken: Listen) -> None:
        click.echo(welcome(settings, taken))
        if text is None:
            Preparing(operator.create_app, with_demo=False).tell(click.echo)
        else:
            click.echo(text)

    return serve(
        listen=place,
        workers=settings.workers or None,
        trusted_proxies=settings.trusted_proxies,
        replace=replace,
        ready=ready,
    )


def welcome(settings: Settings, taken: Listen) -> str:
    """What stands in the terminal once the server answers."""
    issuer = settings.issuer
    return f"""\
{settings.brand} answers at {issuer} (listening on {taken})

  Start page     {issuer}/
  Discovery      {issuer}/.well-known/openid-configuration
  Readiness      {issuer}/readyz
"""


def _handed_on(operator: Operator, place: Listen, workers: int) -> Settings:
    """The settings as the workers will see them, from the environment; the default issuer follows the port."""
    os.environ |= {f"{PREFIX}LISTEN": str(place), f"{PREFIX}WORKERS": str(workers)}
    if operator.config is not None:
        os.environ[f"{PREFIX}CONFIG"] = operator.config
    return chosen_settings(operator)


def _free(address: str, *, replace: bool) -> Listen:
    """The address with its port, found free before anything is prepared: another server may be using the same data."""
    try:
        place = Listen.parse(address)
        with place.bind(replace=replace) as sock:
            return place.taken(sock)
    except ValueError as error:
        raise Failure(f"{PREFIX}LISTEN: {error}") from None
    except ListenRefused as refused:
        raise Failure(str(refused)) from None


COMMAND = run
