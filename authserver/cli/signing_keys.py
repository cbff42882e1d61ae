"""`authserver signing-keys`: the keys that sign tokens."""

from typing import Any

import click

from authserver.cli.failures import Conflict, NotFound
from authserver.cli.output import note, show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, work
from authserver.keyring.keyring import Keyring
from authserver.models.signing_keys import SigningKey
from authserver.oauth import signing_keys
from authserver.oauth.signing_keys import RotatedMeanwhile, UnknownKey
from authserver.settings import ASYMMETRIC_ALGORITHMS

COLUMNS = ("kid", "alg", "state", "generation", "created_at", "activates_at", "retired_at")
COMMAND = Noun("signing-keys", help="The keys that sign tokens.")


@COMMAND.command("list")
def list_() -> None:
    """Every key, and whether it is next, current, previous or retired."""
    with work() as house:
        found = [_document(row, state) for row, state in house.server.keyring.states()]
    show_many(found, COLUMNS)


@COMMAND.command("rotate")
@click.option("--alg", type=click.Choice(ASYMMETRIC_ALGORITHMS), multiple=True, help="[default: all of them]")
@click.option("--now", is_flag=True, help="Sign with the new key at once, without the wait for caches of the JWKS.")
def rotate(alg: tuple[str, ...], now: bool) -> None:
    """Make the next key of each algorithm. The key before goes on verifying until nothing that it signed lives."""
    with work() as house:
        keyring = house.server.keyring
        made = _rotated(keyring, alg or ASYMMETRIC_ALGORITHMS, now=now)
        found = [_document(row, state) for row, state in keyring.states() if row.kid in made]
    show_many(found, COLUMNS)


@COMMAND.command("retire")
@click.argument("kid")
def retire(kid: str) -> None:
    """Withdraw a key and everything that it signed, at once. A current key gets a successor first."""
    with work() as house:
        keyring = house.server.keyring
        try:
            retirement = signing_keys.retire(keyring, kid, actor=ACTOR)
        except UnknownKey as error:
            raise NotFound(str(error)) from None
        except RotatedMeanwhile as error:
            raise Conflict(str(error)) from None
        if not retirement.ended:
            note("The key was retired before.")
        if retirement.successor is not None:
            note(f"Its successor is {retirement.successor}.")
        found = [_document(row, state) for row, state in keyring.states() if row.kid == kid]
    show(found[0])


def _rotated(keyring: Keyring, algorithms: tuple[str, ...], *, now: bool) -> list[str]:
    try:
        return signing_keys.rotate(keyring, algorithms, now=now, actor=ACTOR)
    except RotatedMeanwhile as error:
        raise Conflict(str(error)) from None


def _document(row: SigningKey, state: str) -> dict[str, Any]:
    return {
        "kid": row.kid,
        "alg": row.alg,
        "state": state,
        "generation": row.generation,
        "created_at": row.created_at,
        "activates_at": row.activates_at,
        "retired_at": row.retired_at,
    }
