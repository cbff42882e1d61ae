"""Every form of every page, found by reading the pages, and filled in so that it could succeed."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from authserver.models import api_keys, clients, users
from authserver.models.unit_of_work import unit_of_work
from tests.access.routes import Door, documented
from tests.access.world import OWNER, World
from tests.factories import CALLBACK, PASSWORD, unique
from tests.forms import Form, forms

#: Where a form would end what the next one needs.
LEFT_OUT = {"/logout", "/language"}
#: What every person would like to say about themselves, their applications and keys.
WISHES = {
    "owner": "usr_00000000000000000000", "owner_id": "usr_00000000000000000000", "user": "usr_00000000000000000000",
    "user_id": "usr_00000000000000000000", "sub": "usr_00000000000000000000", "actor": "cli", "id": "mine",
    "is_admin": "1", "admin": "1", "administrator": "on", "role": "admin", "roles": "admin", "group": "admin",
    "tier": "premium", "limit": "1000000", "email_verified": "1", "verified": "1", "verified_at": "1", "trusted": "1",
    "disabled_at": "", "enabled": "1", "not_before": "0", "created_at": "1", "updated_at": "1", "password_hash": "x",
    "audience": "https://evil.example", "meter": "1", "reserved": "y", "require_pkce": "0", "client_secret": "x",
    "last_used_at": "1", "revoked_at": "", "replaces": "key_1", "privileged": "1", "state": "live", "locale": "xx",
}  # fmt: skip
#: Values of fields that exist, which this person must not be able to choose.
TOO_MUCH = ({"scope": "admin openid"}, {"scopes": "admin"}, {"type": "resource_server"}, {"environment": "any"})


def pages() -> list[Door]:
    """Every page that the owner may see."""
    kinds = {"everybody", "person", "owner", "owner, administrator", "owner alone"}
    return sorted(door for door, kind in documented().items() if kind in kinds and door.method == "GET")


def filled(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """The address of every form, and what a person would send."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for door in pages():
        if World.is_machine(door):
            continue
        page = world.at(OWNER).get(world.address(door))
        for form in forms(page.text) if page.mimetype == "text/html" else ():
            mark = (urlsplit(form.action).path, tuple(sorted(form.values)))
            if form.method == "post" and mark not in seen and mark[0] not in LEFT_OUT:
                seen.add(mark)
                yield form.action, _values(form)


def _values(form: Form) -> dict[str, Any]:
    choices = {name: values[0] for name, values in form.choices.items() if name not in form.values and values}
    values: dict[str, Any] = {**choices, **form.values}
    sample = {
        "name": unique("Name"),
        "redirect_uris": CALLBACK,
        "current_password": PASSWORD,
        "password": PASSWORD,
        "new_password": PASSWORD,
        "email": f"{unique('new')}@people.example",
    }
    for name, value in values.items():
        if name in sample and (value == [] or not str(value).strip()):
            values[name] = sample[name]
    return values


def protected(world: World) -> dict[str, dict[str, tuple[Any, ...]]]:
    """What nobody but an administrator may change, by table and id."""
    with unit_of_work(world.house.database):
        return {
            "users": {
                user.id: (user.is_admin, user.tier, user.email_verified, user.enabled, user.not_before, user.created_at)
                for user in users.every()
            },
            "clients": {
                client.client_id: (
                    client.owner_id,
                    client.type == "resource_server",
                    client.trusted,
                    client.verified_at,
                    client.audience,
                    client.meter,
                    client.environment,
                    client.enabled,
                    client.created_at,
                    "admin" in client.scope.split(),
                )
                for client in clients.every()
            },
            "keys": {
                key.id: (key.user_id, key.environment, key.created_at, "admin" in key.scope.split())
                for key in api_keys.every()
            },
        }
