"""What all commands share: their options, and groups that are named for a noun."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

from authserver.cli import output


@dataclass(slots=True)
class Operator:
    """Who types: how the application is made here, which settings file was named, and how to leave tidily."""

    create_app: Callable[..., Any]
    config: str | None = None
    app: Any = None
    leaving: list[Callable[[], None]] = field(default_factory=list)

    def leave(self) -> None:
        """Give back what the command has opened."""
        while self.leaving:
            self.leaving.pop()()


def configured(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Remember the settings file, wherever on the line it was named."""
    if value is not None:
        ctx.obj.config = value


def config_option() -> click.Option:
    """`--config FILE`."""
    return click.Option(
        ["--config"], metavar="FILE", expose_value=False, callback=configured, help="Settings file (TOML)."
    )


class Verb(click.Command):
    """A command that has a result."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += [_output_option(), config_option()]


class Noun(click.Group):
    """The commands of one noun."""

    command_class = Verb


def _output_option() -> click.Option:
    def remember(ctx: click.Context, param: click.Parameter, value: str) -> None:
        ctx.meta[output.KEY] = value

    return click.Option(
        ["-o", "--output"],
        type=click.Choice(output.FORMATS),
        default="table",
        expose_value=False,
        callback=remember,
        help="Shape of the result.  [default: table]",
    )
