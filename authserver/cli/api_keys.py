"""`authserver api-keys`: scoped keys of people."""

from typing import Any

import click

from authserver.cli import leaks
from authserver.cli.configuration import chosen_settings
from authserver.cli.durations import NEVER, Duration
from authserver.cli.failures import Conflict, Failure, Findings, NotFound
from authserver.cli.output import note, show, show_many
from authserver.cli.verb import Noun, Operator
from authserver.cli.work import ACTOR, is_there, user_named, work
from authserver.models import api_keys as stored
from authserver.models.api_keys import ApiKey
from authserver.oauth import api_keys, notices, scopes
from authserver.oauth.api_keys import ApiKeyError, Created, Wish, state
from authserver.oauth.credentials.api_key import ENVIRONMENTS

COLUMNS = ("id", "name", "user_id", "hint", "environment", "scope", "state", "created_at", "expires_at", "last_used_at")
COMMAND = Noun("api-keys", help="Scoped keys of people.")


@COMMAND.command("create")
@click.option("--user", "owner", required=True, metavar="USER", help="User name or e-mail of the owner.")
@click.option("--name", required=True, help="What it is for.")
@click.option("--scope", required=True, help="Space-separated.")
@click.option("--environment", type=click.Choice(ENVIRONMENTS), default="live", show_default=True)
@click.option("--expires", type=Duration(never=True), default=NEVER, help="15m, 24h, 90d or never.  [default: never]")
@click.option("--audience", multiple=True, metavar="URL", help="Good only at this resource server. Repeat for more.")
@click.option("--allow-ip", multiple=True, metavar="CIDR", help="Good only from there. Repeat for more.")
@click.option("--note", "remark", default="", help="A remark for people.")
def create(
    owner: str,
    name: str,
    scope: str,
    environment: str,
    expires: int | str,
    audience: tuple[str, ...],
    allow_ip: tuple[str, ...],
    remark: str,
) -> None:
    """Make a key. It is in the answer, and nowhere else."""
    with work():
        wish = Wish(
            name=name,
            scopes=scopes.split(scope),
            environment=environment,
            expires_in=expires if isinstance(expires, int) else None,
            note=remark,
            audience=audience,
            ip_allow=allow_ip,
        )
        created = api_keys.create(user_named(owner), wish, actor=ACTOR)
    _show_created(created)


@COMMAND.command("list")
@click.option("--user", "owner", metavar="USER", help="Only the keys of this user.")
def list_(owner: str | None) -> None:
    """Keys, newest first."""
    with work():
        found = stored.every(user_id=user_named(owner).id if owner is not None else None)
    show_many(map(_document, found), COLUMNS)


@COMMAND.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """End a key at once."""
    with work() as house:
        if not api_keys.revoke_and_tell(house.settings, _key(key_id), actor=ACTOR, because="operator"):
            note("The key was revoked before.")
        key = _key(key_id)
    show(_document(key))


@COMMAND.command("rotate")
@click.argument("key_id", metavar="ID")
@click.option("--overlap", type=Duration(), default="0", help="How long the old key lives on, up to 7d.")
def rotate(key_id: str, overlap: int) -> None:
    """Make the successor of a key. It is in the answer, and nowhere else."""
    with work() as house:
        key = _key(key_id)
        try:
            created = api_keys.rotate(key, overlap=overlap, actor=ACTOR)
        except ApiKeyError as error:
            if error.field == "key":  # revoked, expired, or rotated before
                raise Conflict(error.message) from None
            raise
        notices.rotated(house.settings, key)
    _show_created(created)


@COMMAND.command("scan")
@click.argument("files", nargs=-1, required=True, metavar="FILE|-...")
@click.pass_obj
def scan(operator: Operator, files: tuple[str, ...]) -> None:
    """Look for keys in files, offline; where there is a database, also say whether they live.

    Exits 6 when there are any. No key is printed whole.
    """
    found = [finding for place in files for finding in leaks.search(place)]
    states = _states(operator, found)
    show_many([{**finding.document(), "state": states.get(finding.key)} for finding in found], leaks.COLUMNS)
    if found:
        raise Findings(f"{len(found)} well-formed RealmKit keys found.")


def _states(operator: Operator, found: list[leaks.Finding]) -> dict[str, str]:
    """What has become of these keys, as far as there is a database to ask."""
    try:
        if not found or not is_there(chosen_settings(operator)):
            return {}
        with work():
            rows = {finding.key: stored.find_by_value(finding.key) for finding in found}
    except Failure as failure:
        note(f"Not looked up: {failure}")
        return {}
    return {key: "unknown" if row is None else state(row) for key, row in rows.items()}


def _key(key_id: str) -> ApiKey:
    key = stored.find(key_id)
    if key is None:
        raise NotFound(f"There is no API key {key_id}.")
    return key


def _show_created(created: Created) -> None:
    row = created.row
    show({"id": row.id, "key": created.key, **_document(row)})
    note("Keep the key now: it is not shown again.")


def _document(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "hint": key.hint,
        "name": key.name,
        "note": key.note,
        "user_id": key.user_id,
        "scope": key.scope,
        "environment": key.environment,
        "audience": list(key.audience),
        "ip_allow": list(key.ip_allow),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "last_used_from": key.last_used_from,
        "last_used_by": key.last_used_by,
        "revoked_at": key.revoked_at,
        "replaces": key.replaces,
        "state": state(key),
    }
