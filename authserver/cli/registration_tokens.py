"""`authserver registration-tokens`: what applications register themselves with (RFC 7591 section 3, decision 40)."""

from typing import Any

import click

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.durations import NEVER, Duration
from authserver.cli.failures import NotFound
from authserver.cli.output import note, show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, user_named, work
from authserver.models import registration_tokens
from authserver.models.registration_tokens import RegistrationToken

COLUMNS = ("id", "hint", "state", "uses", "used", "owner", "note", "expires_at")
COMMAND = Noun("registration-tokens", help="What applications register themselves with.")


@COMMAND.command("create")
@click.option(
    "--uses", type=click.IntRange(min=0), default=1, help="How many registrations; 0: any number.  [default: 1]"
)
@click.option("--expires", type=Duration(never=True), default=NEVER, help="Such as 24h or 90d.  [default: never]")
@click.option("--owner", metavar="USER", help="Whose the registered applications are.")
@click.option("--note", "purpose", default="", help="What it is for.")
def create(uses: int, expires: int | str, owner: str | None, purpose: str) -> None:
    """Make an initial access token. It is in the answer, and nowhere else."""
    if len(purpose) > 200 or not purpose.isprintable():
        raise click.UsageError("A note has at most 200 characters, none of them invisible.")
    with work() as house:
        expires_at = None if isinstance(expires, str) else clock.now() + expires
        owner_id = user_named(owner).id if owner is not None else None
        row, token = registration_tokens.issue(
            owner_id=owner_id, note=purpose, uses=uses or None, expires_at=expires_at
        )
        record(Tag.REGISTRATION_TOKEN_CREATED, actor=ACTOR, user_id=owner_id, token=row.id, uses=row.uses)
        mode = house.settings.registration
    show({**_document(row), "token": token})
    note("Keep the token now: it is not shown again.")
    if mode == "closed":
        note("Registration is closed: set AUTHSERVER_REGISTRATION to token or open.")


@COMMAND.command("list")
def list_() -> None:
    """All of them, newest first."""
    with work():
        found = [_document(row) for row in registration_tokens.every()]
    show_many(found, COLUMNS)


@COMMAND.command("revoke")
@click.argument("token_id", metavar="ID")
def revoke(token_id: str) -> None:
    """End one at once. What was registered with it stays."""
    with work():
        if token_id not in {row.id for row in registration_tokens.every()}:
            raise NotFound(f"There is no registration token {token_id}.")
        if registration_tokens.revoke(token_id):
            record(Tag.REGISTRATION_TOKEN_REVOKED, actor=ACTOR, token=token_id)
        else:
            note("It was revoked before.")
    show({"id": token_id, "revoked": True})


def _document(row: RegistrationToken) -> dict[str, Any]:
    return {
        "id": row.id,
        "hint": row.hint,
        "state": _state(row),
        "uses": row.uses,
        "used": row.used,
        "owner": row.owner_id,
        "note": row.note,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }


def _state(row: RegistrationToken) -> str:
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at is not None and row.expires_at <= clock.now():
        return "expired"
    return "used up" if row.uses is not None and row.used >= row.uses else "good"
