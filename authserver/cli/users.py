"""`authserver users`: accounts of people."""

from typing import Any

import click

from authserver.accounts import administrators, credentials, passwords, recovery, registration, tiers
from authserver.accounts import sessions as web_sessions
from authserver.accounts.registration import Particulars
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.failures import Conflict
from authserver.cli.output import note, show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, secret_line, user_named, work
from authserver.models import api_keys, grants, sessions, users
from authserver.models.listing import Part
from authserver.models.tiers import STANDARD
from authserver.models.users import User
from authserver.oauth.api_keys import state
from authserver.settings import Settings

EVERYBODY = Part(limit=100_000)
COMMAND = Noun("users", help="People. USER is a user name or an e-mail address.")


@COMMAND.command("create")
@click.option("--email", required=True)
@click.option("--username", required=True)
@click.option("--name", default="", help="Name that people see.  [default: the user name]")
@click.option("--admin", is_flag=True, help="May administer this server.")
@click.option("--tier", default=STANDARD, help="How many requests it may make; see `authserver tiers list`.")
@click.option("--email-verified", is_flag=True, help="The address is known to belong to this person.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(
    email: str, username: str, name: str, admin: bool, tier: str, email_verified: bool, password_stdin: bool
) -> None:
    """Make an account. Without a password its owner chooses one at "Forgot password"."""
    password = secret_line() if password_stdin else None
    with work() as house:
        tiers.check(tier)
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
@click.option("--search", metavar="TEXT", help="Only accounts in whose e-mail, user name or name this stands.")
def list_(search: str | None) -> None:
    """All accounts, oldest first."""
    with work():
        found = users.every() if search is None else users.search(search, EVERYBODY).items[::-1]
    show_many(map(_document, found), ("id", "username", "email", "name", "admin", "tier", "disabled", "created_at"))


@COMMAND.command("show")
@click.argument("user")
def show_(user: str) -> None:
    """One account: its state, and how many sessions, keys and connected applications it has."""
    with work() as house:
        found = user_named(user)
        keys = [key for key in api_keys.every(user_id=found.id) if state(key) == "live"]
        facts = {
            **_document(found),
            "disabled_at": found.disabled_at,
            "sessions": len(sessions.of_user(found.id, idle_ttl=house.settings.session_idle_ttl)),
            "api_keys": len(keys),
            "applications": len({grant.client_id for grant in grants.of_user(found.id)}),
        }
    show(facts)


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
    """Set the rate limit of an account; see `authserver tiers list`."""
    with work():
        found = user_named(user)
        if not tiers.assign(found, tier, actor=ACTOR):
            note(f"{found.username} had this tier before.")
        changed = user_named(user)
    show(_document(changed))


@COMMAND.command("make-admin")
@click.argument("user")
def make_admin(user: str) -> None:
    """Let an account administer this server."""
    with work():
        found = user_named(user)
        if not administrators.appoint(found, actor=ACTOR):
            note(f"{found.username} was an administrator before.")
        changed = user_named(user)
    show(_document(changed))


@COMMAND.command("remove-admin")
@click.argument("user")
def remove_admin(user: str) -> None:
    """Take that back. The last administrator stays one."""
    with work():
        found = user_named(user)
        if not administrators.dismiss(found, actor=ACTOR):
            note(f"{found.username} was no administrator before.")
        changed = user_named(user)
    show(_document(changed))


@COMMAND.command("send-reset")
@click.argument("user")
def send_reset(user: str) -> None:
    """Send a link to the account's address at which its owner chooses a new password."""
    with work() as house:
        found = user_named(user)
        if not recovery.send(house.settings, found, actor=ACTOR):
            raise Conflict(f"{found.username} is disabled.")
    show({"id": found.id, "sent_to": found.email})
    note("The server delivers it." if house.settings.smtp_url else "There is no AUTHSERVER_SMTP_URL: see the log.")


@COMMAND.command("end-sessions")
@click.argument("user")
def end_sessions(user: str) -> None:
    """Sign an account out of every browser. Connected applications stay; see `authserver grants revoke`."""
    with work():
        found = user_named(user)
        ended = web_sessions.end_all_of(found, actor=ACTOR)
    show({"id": found.id, "ended": ended})


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
