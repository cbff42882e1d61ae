"""People, clients, resource servers and keys, made below HTTP, with names that occur once: no test sees another's.

Every factory opens a unit of work and commits it; within an open one (the fixture `unit`) it uses that one and commits
there, because hot reads see only what is committed.
"""

import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from joserfc.jwk import ECKey, OKPKey, RSAKey

from authserver.accounts import passwords
from authserver.models import unit_of_work as units
from authserver.models import users
from authserver.models.clients import Client
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from authserver.oauth import api_keys, clients
from authserver.oauth.api_keys import ApiKey, Wish

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.settings import Settings

PASSWORD = "correct-horse-battery-42"
CALLBACK = "https://client.example/callback"
ACTOR = "tests"
CREATED_WITH = ("email", "username", "name", "email_verified", "is_admin", "tier")
_numbers = itertools.count(1)
_run = secrets.token_hex(3)


def unique(word: str) -> str:
    """`word-1a2b3c-7`: in lower case, good as a user name, never given twice."""
    return f"{word}-{_run}-{next(_numbers)}"


def make_user(house: "House", *, password: str = PASSWORD, **values: Any) -> tuple[User, str]:
    """An account that can sign in, and its password. `values` are columns: email, username, is_admin, disabled_at..."""
    own = {name: values.pop(name) for name in CREATED_WITH if name in values}
    username = own.pop("username", None) or unique("user")
    facts = {"email": f"{username}@people.example", "name": username.title(), "email_verified": True, **own}
    hashed = _hashed(house.settings, password)
    with within(house):
        user = users.create(username=username, password_hash=hashed, **facts)
        if values:
            users.change(user.id, **values)
        found = users.find(user.id)
    assert found is not None
    return found, password


def make_client(
    house: "House", *, owner: User | None = None, client_id: str | None = None, **metadata: Any
) -> tuple[Client, str]:
    """A client by its RFC 7591 metadata, and its secret ("" for a public one).

    By default a confidential web client at `CALLBACK` with the grants authorization_code and refresh_token. For others:
    `type="spa"|"native"|"machine"`, `redirect_uris=[...]`, `scope="..."`, `trusted=True`, `require_pkce=False`...
    """
    document = {"client_name": unique("Client"), **metadata}
    if document.get("type", "web") in {"web", "spa", "native"}:
        document.setdefault("redirect_uris", [CALLBACK])
    with within(house):
        made = clients.register(
            document, owner_id=owner.id if owner else None, privileged=True, client_id=client_id, actor=ACTOR
        )
    return made.client, made.secret or ""


def make_key_client(
    house: "House", key: ECKey | OKPKey | RSAKey | None = None, **metadata: Any
) -> tuple[Client, ECKey | OKPKey | RSAKey]:
    """A client of private_key_jwt and its private key, a new one by default; both as for `RelyingParty`."""
    key = key or ECKey.generate_key("P-256", auto_kid=True)
    jwks = {} if "jwks_uri" in metadata else {"jwks": {"keys": [key.as_dict(private=False)]}}
    client, secret = make_client(house, **{"token_endpoint_auth_method": "private_key_jwt", **jwks, **metadata})
    assert not secret
    return client, key


def make_resource_server(house: "House", **metadata: Any) -> tuple[Client, str]:
    """A resource server with an audience of its own, and its secret: `environment="test"`, `meter=True`..."""
    audience = f"https://{unique('api')}.example"
    return make_client(house, **{"type": "resource_server", "audience": audience, **metadata})


def make_api_key(house: "House", user: User, **wish: Any) -> tuple[ApiKey, str]:
    """A key of this user, its row and the key itself. `wish`: scopes, environment, expires_in, audience, ip_allow..."""
    wanted = Wish(**{"name": unique("key"), "scopes": ("read:realms",), "environment": "live", **wish})
    with within(house):
        created = api_keys.create(user, wanted, actor=user.id)
    return created.row, created.key


@contextmanager
def within(house: "House") -> Iterator[None]:
    """Run in the open unit of work or in one of its own, and commit."""
    if _is_open():
        yield
        units.write().commit()
        return
    with unit_of_work(house.database) as unit:
        yield
        unit.commit()


def _is_open() -> bool:
    try:
        units.database()
    except LookupError:
        return False
    return True


@cache
def _hashed(settings: "Settings", password: str) -> str:
    # The same password is hashed once a process: what is hashed is not what these tests are about.
    return passwords.hashed(settings, password)
