"""Where commands work: the house of this operator, one unit of work, and failures in plain words."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from cryptography.exceptions import InvalidTag

from authserver import settings
from authserver.accounts import passwords, registration
from authserver.cli.failures import Conflict, Failure, NotFound
from authserver.cli.preparation import is_missing, prepare
from authserver.cli.verb import Operator
from authserver.models import clients, users
from authserver.models.clients import Client
from authserver.models.database import Unavailable
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from authserver.oauth.api_keys import ApiKeyError
from authserver.oauth.clients import TakenError
from authserver.oauth.errors import OAuth2Error
from authserver.settings import Settings, SettingsError

if TYPE_CHECKING:
    from authserver.composition import House

ACTOR = "cli"
MOST_INPUT = 1024 * 1024


@contextmanager
def work() -> "Iterator[House]":
    """The house, inside one unit of work that is committed once, at the end."""
    with translated():
        house = open_house()
        with unit_of_work(house.database) as unit:
            yield house
            # Mail is left to the server: a thread of this short process might be cut off in the middle of one.
            unit.after_commit.clear()
            unit.commit()


@contextmanager
def translated() -> Iterator[None]:
    """Every expected exception of the rooms below, as a failure with its exit code."""
    try:
        yield
    except SettingsError as error:
        raise Failure(str(error)) from None
    except users.Taken:
        raise Conflict("The e-mail or the user name belongs to somebody already.") from None
    except TakenError as error:
        raise Conflict(error.description) from None
    except OAuth2Error as error:
        raise Failure(error.description or error.error) from None
    except (registration.Invalid, passwords.Busy, ApiKeyError) as error:
        raise Failure(str(error)) from None
    except InvalidTag:
        raise Failure("The signing keys were encrypted under another master key (AUTHSERVER_MASTER_KEY).") from None
    except Unavailable as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()
        raise Failure(f"The database cannot be used: {' '.join(cause[:1])}. See `authserver doctor`.") from None


def open_house() -> "House":
    """The house that the settings describe. A SQLite database that is not there yet is made."""
    operator: Operator = click.get_current_context().obj
    if operator.house is None:
        app = operator.create_app(load_settings())
        operator.house = house = app.extensions["authserver.house"]
        operator.leaving.append(house.database.dispose)
        # The operator is told by the command itself, not by the log.
        logging.getLogger("authserver").setLevel(logging.WARNING)
        if is_missing(house):
            prepare(app, house)
    house = operator.house
    return house


def load_settings() -> Settings:
    """Settings of this command: `--config` beats AUTHSERVER_CONFIG. Raises SettingsError."""
    operator: Operator = click.get_current_context().obj
    chosen = {} if operator.config is None else {f"{settings.PREFIX}CONFIG": operator.config}
    return settings.load(environ={**os.environ, **chosen})


def user_named(name: str) -> User:
    """The account with this user name or e-mail (decision 42)."""
    user = users.find_by_login(name)
    if user is None:
        raise NotFound(f"There is no user {name}.")
    return user


def client_named(client_id: str) -> Client:
    """The client with this id."""
    client = clients.find(client_id)
    if client is None:
        raise NotFound(f"There is no client {client_id}.")
    return client


def text_of(place: str) -> str:
    """The text of a file, or of standard input for `-`."""
    try:
        encoded = sys.stdin.buffer.read(MOST_INPUT + 1) if place == "-" else Path(place).read_bytes()
        if len(encoded) > MOST_INPUT:
            raise Failure("The input is too large.")
        return encoded.decode("utf-8")
    except OSError as error:
        raise Failure(f"Cannot read {place}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Failure("The input is not UTF-8 text.") from None


def secret_line(value: str = "-") -> str:
    """A secret from standard input, without the end of its line; or the argument itself, unless it is `-`."""
    return text_of("-").removesuffix("\n").removesuffix("\r") if value == "-" else value
