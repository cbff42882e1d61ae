"""What somebody has done here already, and what comes next."""

from dataclasses import dataclass
from urllib.parse import quote

from authserver.models import api_keys, client_secrets, clients, consents, grants, traces
from authserver.models.users import User

FEW = 20  # applications that are looked at


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a developer does first; `done` when it is."""

    name: str
    href: str
    done: bool


def connections(user: User) -> int:
    """How many applications have access to the account."""
    allowed = {consent.client_id for consent in consents.of_user(user.id)}
    return len(allowed | {grant.client_id for grant in grants.of_user(user.id)})


def of_developer(user: User) -> tuple[Step, ...]:
    """From the first application to the first call of an API, in the order of doing."""
    own = clients.every(owner_id=user.id, limit=FEW)
    ids = [client.client_id for client in own]
    heard = bool(traces.newest(ids) or client_secrets.last_used(ids))
    code = f"/settings/apps/{quote(ids[0], safe='')}/code" if ids else "/settings/apps"
    return (
        Step("app", "/settings/apps" if own else "/settings/apps/new", bool(own)),
        Step("request", code, heard),
        Step("key", *_key(user)),
    )


def _key(user: User) -> tuple[str, bool]:
    has_one = bool(api_keys.every(user_id=user.id, limit=1))
    return ("/settings/api-keys" if has_one else "/settings/api-keys/new"), has_one
