"""`authserver grants`: what people and clients were given; ending one ends all its tokens (decision 15)."""

from typing import Any

import click

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.failures import NotFound
from authserver.cli.output import note, show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, client_named, user_named, work
from authserver.models import grants
from authserver.models.grants import Grant

COLUMNS = ("id", "kind", "client_id", "user_id", "scope", "created_at", "last_used_at", "revoked_at")
BECAUSE = "operator"
COMMAND = Noun("grants", help="What was granted to applications.")


@COMMAND.command("list")
@click.option("--user", metavar="USER", help="Only grants of this user.")
@click.option("--client", metavar="ID", help="Only grants to this client.")
@click.option("--all", "everything", is_flag=True, help="Revoked ones too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
def list_(user: str | None, client: str | None, everything: bool, limit: int) -> None:
    """Grants, newest first."""
    with work():
        found = grants.every(**_whose(user, client), limit=limit)
    show_many((_document(grant) for grant in found if everything or grant.revoked_at is None), COLUMNS)


@COMMAND.command("revoke")
@click.argument("grant_id", metavar="[ID]", required=False)
@click.option("--user", metavar="USER", help="All grants of this user.")
@click.option("--client", metavar="ID", help="All grants to this client.")
def revoke(grant_id: str | None, user: str | None, client: str | None) -> None:
    """End one grant, or all of a user, of a client, or of a user to a client."""
    if (grant_id is None) == (user is None and client is None):
        raise click.UsageError("Name one grant by its ID, or a --user, a --client or both.")
    with work():
        count = _revoke_one(grant_id) if grant_id is not None else _revoke_many(_whose(user, client))
    show({"revoked": count})


def _whose(user: str | None, client: str | None) -> dict[str, str | None]:
    return {
        "user_id": user_named(user).id if user is not None else None,
        "client_id": client_named(client).client_id if client is not None else None,
    }


def _revoke_one(grant_id: str) -> int:
    grant = grants.find(grant_id)
    if grant is None:
        raise NotFound(f"There is no grant {grant_id}.")
    if not grants.revoke(grant.id, because=BECAUSE):
        note("The grant was revoked before.")
        return 0
    record(Tag.GRANT_REVOKED, actor=ACTOR, user_id=grant.user_id, client_id=grant.client_id, grant=grant.id)
    return 1


def _revoke_many(whose: dict[str, str | None]) -> int:
    count = grants.revoke_of(**whose, because=BECAUSE)
    record(Tag.GRANT_REVOKED, actor=ACTOR, user_id=whose["user_id"], client_id=whose["client_id"], count=count)
    return count


def _document(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "kind": grant.kind,
        "client_id": grant.client_id,
        "user_id": grant.user_id,
        "scope": " ".join(grant.scope_left),
        "audience": list(grant.audience),
        "created_at": grant.created_at,
        "last_used_at": grant.last_used_at,
        "refresh_expires_at": grant.refresh_expires_at,
        "revoked_at": grant.revoked_at,
        "revoked_because": grant.revoked_because,
    }
