"""Where commands work: the house of this operator, one unit of work, and failures in plain words."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authserver.accounts import passwords, registration
from authserver.accounts.administrators import LastAdministrator
from authserver.accounts.tiers import UnknownTier
from authserver.cli.configuration import chosen_settings
from authserver.cli.failures import Conflict, Failure, NotFound
from authserver.cli.verb import Operator
from authserver.health.checks import BEHIND
from authserver.models import clients, users
from authserver.models.clients import Client
from authserver.models.database import Unavailable
from authserver.models.revision import is_current
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from authserver.oauth.api_keys import ApiKeyError
from authserver.oauth.clients import TakenError
from authserver.oauth.errors import OAuth2Error
from authserver.settings import Settings, SettingsError

if TYPE_CHECKING:
    from authserver.composition import House

ACTOR = "cli"
SQLITE = "sqlite:///"
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
    except LastAdministrator as error:
        raise Conflict(str(error)) from None
    except UnknownTier as error:
        raise NotFound(str(error)) from None
    except TakenError as error:
        raise Conflict(error.description) from None
    except OAuth2Error as error:
        raise Failure(error.description or error.error) from None
    except (registration.Invalid, passwords.Busy, ApiKeyError) as error:
        raise Failure(str(error)) from None
    except Unavailable as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()
        raise Failure(f"The database cannot be used: {' '.join(cause[:1])}. See `authserver doctor`.") from None


def open_house(*, prepare: bool = True) -> "House":
    """The house that the settings describe, its database at the newest schema; without `prepare`, as it is."""
    operator: Operator = click.get_current_context().obj
    if operator.app is None:
        settings = chosen_settings(operator)
        with quiet():
            operator.app = operator.create_app(settings, prepare=prepare)
        house = _house(operator)
        operator.leaving.append(house.database.dispose)
        if prepare and not is_current(house.database, house.migrations):
            raise Failure(BEHIND)
    return _house(operator)


@contextmanager
def quiet() -> Iterator[None]:
    """The operator is told by the command itself, not by the log."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
        logging.getLogger("authserver").setLevel(logging.WARNING)


def _house(operator: Operator) -> "House":
    house: House = operator.app.extensions["authserver.house"]
    return house


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


def is_there(settings: Settings) -> bool:
    """Whether there is a database: a SQLite file may be missing, a server is asked later."""
    place = settings.database_url.partition("?")[0]
    return not place.startswith(SQLITE) or Path(place.removeprefix(SQLITE)).exists()
