"""`run --demo`: a user, three clients and a key to try the server with, and commands to paste (decision 49)."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from authserver import opaque
from authserver.accounts import credentials, passwords, registration
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.failures import Conflict
from authserver.models import api_keys as stored_keys
from authserver.models import clients as stored_clients
from authserver.models import users
from authserver.models.users import User
from authserver.oauth import api_keys, clients
from authserver.oauth.api_keys import Wish
from authserver.settings import Settings

if TYPE_CHECKING:
    from authserver.composition import House

ACTOR = "cli"
USERNAME = "demo"
EMAIL = "demo@demo.test"
APP, SERVICE, API = "demo-app", "demo-service", "demo-api"
AUDIENCE = "https://api.demo.test"
KEY_NAME = "Demo key"
SCOPE = "read:realms download:realms"


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything that is shown this once."""

    password: str = field(repr=False)
    api_secret: str = field(repr=False)
    service_secret: str = field(repr=False)
    key: str = field(repr=False)
    verifier: str = field(repr=False)


def reset(house: "House") -> Demo:
    """Make what is missing of the demo, and give all of it new secrets. Raises Conflict for a name that is in use."""
    password, issuer = opaque.base62(16), house.settings.issuer
    user = _user(house.settings, password)
    app = {"client_name": "Demo application", "type": "spa", "redirect_uris": [f"{issuer}/"]}
    _client(APP, {**app, "scope": f"openid profile email offline_access {SCOPE}"})
    return Demo(
        password=password,
        api_secret=_client(API, {"client_name": "Demo API", "type": "resource_server", "audience": AUDIENCE}),
        service_secret=_client(SERVICE, {"client_name": "Demo service", "type": "machine", "scope": SCOPE}),
        key=_key(user),
        verifier=secrets.token_urlsafe(48),
    )


def _user(settings: Settings, password: str) -> User:
    kept = passwords.hashed(settings, password)
    user = users.find_by_login(USERNAME)
    if user is None:
        wanted = registration.particulars(email=EMAIL, username=USERNAME, name="Demo User")
        user = users.create(
            email=wanted.email, username=wanted.username, name=wanted.name, password_hash=kept, email_verified=True
        )
        record(Tag.USER_CREATED, actor=ACTOR, user_id=user.id, admin=False)
        return user
    if user.is_admin or user.email != EMAIL:
        raise Conflict(f"The account {USERNAME} is not the demo's: --demo would change its password.")
    users.change(user.id, password_hash=kept, disabled_at=None)
    credentials.end_all(user, because="demo reset")
    record(Tag.USER_PASSWORD_RESET, actor=ACTOR, user_id=user.id)
    return user


def _client(client_id: str, document: dict[str, Any]) -> str:
    """The new secret of a client of the demo; "" for a public one."""
    client = stored_clients.find(client_id)
    if client is None:
        made = clients.register(document, owner_id=None, privileged=True, client_id=client_id, actor=ACTOR)
        return made.secret or ""
    client = clients.change(client, document, privileged=True, actor=ACTOR)
    if not client.enabled:
        clients.set_enabled(client, True, actor=ACTOR)
    return "" if client.public else clients.add_secret(client, overlap=0, actor=ACTOR)


def _key(user: User) -> str:
    for old in stored_keys.every(user_id=user.id):
        if old.name == KEY_NAME:
            api_keys.revoke(old, actor=ACTOR, because="demo reset")
    wish = Wish(name=KEY_NAME, scopes=tuple(SCOPE.split()), environment="live")
    return api_keys.create(user, wish, actor=ACTOR).key


def text(demo: Demo, settings: Settings) -> str:
    """What the operator reads and pastes."""
    issuer = settings.issuer
    as_api = f"curl -sS -u '{API}:{demo.api_secret}'"
    return f"""\
Demo. These secrets are new, and are shown only here; the next `run --demo` makes others.

  User           {USERNAME}   password   {demo.password}
  API key        {demo.key}
  Clients        {APP} (code flow), {SERVICE} (client credentials), {API} (resource server)

1. Ask about the API key, as a resource server does. The answer has "active":true, its scope and its owner:

{as_api} -d 'token={demo.key}' {issuer}/introspect

2. Get a token for a service, and ask about that:

TOKEN=$(curl -sS -u '{SERVICE}:{demo.service_secret}' -d grant_type=client_credentials -d 'scope=read:realms' \
{issuer}/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
{as_api} -d "token=$TOKEN" {issuer}/introspect

3. Sign a person in. Open this address, sign in as {USERNAME} and allow the access:

  {issuer}/authorize?{urlencode(_request(demo, issuer))}

   The browser comes back to the start page, with ?code=... in its address. Put that code here, within a minute:

CODE=paste-the-code-here
curl -sS -d grant_type=authorization_code -d client_id={APP} -d "code=$CODE" -d 'redirect_uri={issuer}/' \
-d code_verifier={demo.verifier} {issuer}/token
"""


def _request(demo: Demo, issuer: str) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(demo.verifier.encode()).digest()).rstrip(b"=").decode()
    return {
        "response_type": "code",
        "client_id": APP,
        "redirect_uri": f"{issuer}/",
        "scope": f"openid profile {SCOPE}",
        "state": "demo",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
