"""`authserver users`: accounts of people."""

from typing import Any

import click

from authserver.accounts import credentials, passwords, registration
from authserver.accounts.registration import Particulars
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.failures import NotFound
from authserver.cli.output import note, show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, secret_line, user_named, work
from authserver.models import tiers, users
from authserver.models.users import User
from authserver.settings import Settings

COMMAND = Noun("users", help="People. USER is a user name or an e-mail address.")


@COMMAND.command("create")
@click.option("--email", required=True)
@click.option("--username", required=True)
@click.option("--name", default="", help="Name that people see.  [default: the user name]")
@click.option("--admin", is_flag=True, help="May administer this server.")
@click.option("--tier", default=tiers.STANDARD, help="How many requests it may make; see `authserver tiers list`.")
@click.option("--email-verified", is_flag=True, help="The address is known to belong to this person.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(
    email: str, username: str, name: str, admin: bool, tier: str, email_verified: bool, password_stdin: bool
) -> None:
    """Make an account. Without a password its owner chooses one at "Forgot password"."""
    password = secret_line() if password_stdin else None
    with work() as house:
        _check_tier(tier)
        wanted = _wanted(email, username, name, password)
        user = users.create(
            email=wanted.email,
            username=wanted.username,
            name=wanted.name,
            password_hash=_hashed(house.settings, password),
            email_verified=email_verified,
            is_admin=admin,
            tier=tier,
        )
        record(Tag.USER_CREATED, actor=ACTOR, user_id=user.id, admin=admin)
    show(_document(user))


@COMMAND.command("list")
def list_() -> None:
    """All accounts, oldest first."""
    with work():
        found = users.every()
    show_many(map(_document, found), ("id", "username", "email", "name", "admin", "tier", "disabled", "created_at"))


@COMMAND.command("disable")
@click.argument("user")
def disable(user: str) -> None:
    """Close an account; its sessions, tokens and keys stop working at once."""
    with work():
        found = user_named(user)
        if found.enabled:
            credentials.disable(found, actor=ACTOR)
        else:
            note(f"{found.username} was disabled before.")
        changed = user_named(user)
    show(_document(changed))


@COMMAND.command("enable")
@click.argument("user")
def enable(user: str) -> None:
    """Open an account again. Sessions and tokens that have ended stay ended."""
    with work():
        found = user_named(user)
        if found.enabled:
            note(f"{found.username} was enabled before.")
        else:
            credentials.enable(found, actor=ACTOR)
        changed = user_named(user)
    show(_document(changed))


@COMMAND.command("set-password")
@click.argument("user")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
def set_password(user: str, password_stdin: bool) -> None:
    """Set a new password; all sessions and grants of the account end."""
    password = secret_line()
    with work() as house:
        found = user_named(user)
        credentials.set_password(house.settings, found, password=password, actor=ACTOR)
    show(_document(found))


@COMMAND.command("set-tier")
@click.argument("user")
@click.argument("tier")
def set_tier(user: str, tier: str) -> None:
    """Set the rate limit of an account: standard or premium."""
    with work():
        found = user_named(user)
        _check_tier(tier)
        users.change(found.id, tier=tier)
        record(Tag.USER_TIER_CHANGED, actor=ACTOR, user_id=found.id, tier=tier, before=found.tier)
        changed = user_named(user)
    show(_document(changed))


def _check_tier(tier: str) -> None:
    names = [known.name for known in tiers.every() if known.name != tiers.ANONYMOUS]
    if tier not in names:
        raise NotFound(f"There is no tier {tier}. There are: {' '.join(names)}.")


def _wanted(email: str, username: str, name: str, password: str | None) -> Particulars:
    if password is None:
        return registration.particulars(email=email, username=username, name=name)
    return registration.newcomer(email=email, username=username, name=name, password=password)


def _hashed(settings: Settings, password: str | None) -> str | None:
    return None if password is None else passwords.hashed(settings, password)


def _document(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "username": user.username,
        "name": user.name,
        "email_verified": user.email_verified,
        "admin": user.is_admin,
        "tier": user.tier,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "disabled": not user.enabled,
    }
