"""The roles of AD1, and one object of each kind that belongs to the owner."""

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.test import TestResponse

from authserver import opaque
from authserver.models import audit_events, client_secrets, scopes, sessions, traces
from authserver.models.traces import Trace
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from authserver.oauth import api_keys
from tests import state
from tests.access.routes import VARIABLE, Door
from tests.factories import PASSWORD, make_api_key, make_client, make_user, within
from tests.pages.people import Browser, token_in
from tests.relying_party import RelyingParty
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

ANONYMOUS, STRANGER, DEVELOPER, OWNER, ADMINISTRATOR = "anonymous", "user", "other developer", "owner", "administrator"
#: Who is let in least comes first: what they are refused, the owner can still do.
ROLES = (ANONYMOUS, STRANGER, DEVELOPER, OWNER, ADMINISTRATOR)
#: Addresses that ask for an object in their query.
QUERIES = {"/admin/scopes/remove": "name=read:stats", "/account/apps/<client_id>/scope": "scope=read:realms"}
#: Forms that name an object in a field.
FIELDS = {"/account/apps/<client_id>/scope": {"scope": "read:realms"}}
#: Ids that look like the ones of this kind, and are nobody's.
ABSENT = {
    "trace_id": "0" * 16,
    "secret": "lk_" + "A" * 43,
    "filename": "absent.css",
    "code": "no_such_error",
}


@dataclass(slots=True)
class World:
    """Signed-in browsers by role, and the ids of what the owner has."""

    app: Flask
    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    _browsers: dict[str, Browser] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _kept: State | None = None

    def __post_init__(self) -> None:
        for role in (STRANGER, DEVELOPER):
            self.people[role], _ = make_user(self.house)
        self.people[ADMINISTRATOR], _ = make_user(self.house, is_admin=True)
        make_user(self.house, is_admin=True)  # so that the other one is not the last
        make_client(self.house, owner=self.people[DEVELOPER])
        make_api_key(self.house, self.people[DEVELOPER])

    @property
    def house(self) -> "House":
        house: House = self.app.extensions["authserver.house"]
        return house

    def begin(self) -> None:
        """A new owner with new things, unless nobody has touched those of the last one."""
        if self.ids and self._kept == self.state():
            return
        self.people[OWNER], _ = make_user(self.house)
        self._browsers.pop(OWNER, None)
        self._tokens.pop(OWNER, None)
        with within(self.house):
            scopes.add("read:stats", description="See statistics", reserved=False)  # some test may have removed it
        self.at(OWNER)
        self.ids = self._things(self.people[OWNER])
        self._kept = self.state()

    # -- asking --------------------------------------------------------------------------------------------------------

    def ask(self, role: str, door: Door, ids: dict[str, str] | None = None) -> TestResponse:
        """What this role is answered, with these ids in the place of the owner's."""
        address = self.address(door, ids)
        if self.is_machine(door):
            return self._by_token(role, door, address)
        at, page = self._entered(role)
        if door.method == "GET":
            return at.get(address)
        fields = {"csrf_token": token_in(page or at.get("/login").text), **FIELDS.get(door.path, {})}
        return at.client.open(address, method=door.method, data=fields, environ_overrides=at.environ)

    def ready(self, role: str, door: Door) -> "World":
        """Nothing but the request itself happens from here on: this role has what it needs."""
        if role != ANONYMOUS and self.is_machine(door):
            self._token(role)
        self.at(role)
        return self

    def address(self, door: Door, ids: dict[str, str] | None = None) -> str:
        """The path with its variable parts filled in."""
        known = {**self.ids, **self._by_path(door.path), **(ids or {})}
        path = VARIABLE.sub(lambda match: known[match[1]], door.path.removesuffix("/..."))
        query = QUERIES.get(door.path)
        return f"{path}?{query}" if query else path

    def absent(self, door: Door) -> dict[str, str]:
        """Ids of nothing, in the place of the last variable part."""
        name = VARIABLE.findall(door.path)[-1]
        real = {**self.ids, **self._by_path(door.path)}[name]
        return {name: ABSENT.get(name) or f"{real.partition('_')[0]}_{'0' * 20}"}

    def at(self, role: str) -> Browser:
        """The browser of this role, signed in; again where the last test has signed it out."""
        return self._entered(role)[0]

    def _entered(self, role: str) -> tuple[Browser, str]:
        """The browser, and a page of a person in it."""
        if role == ANONYMOUS:
            return Browser(self.app), ""
        at = self._browsers.setdefault(role, Browser(self.app))
        for _ in range(20):
            page = at.get("/account/profile")
            if page.status_code == 200:
                return at, page.text
            at = self._browsers[role] = Browser(self.app)
            at.sign_in(self.people[role], PASSWORD)
            time.sleep(0.1)  # after everything was ended, a session of the same second is not good yet
        raise AssertionError(f"{role} cannot sign in")

    def state(self) -> State:
        return state.of(self.house.database)

    @staticmethod
    def is_machine(door: Door) -> bool:
        return door.path.startswith(("/v1", "/gateway", "/userinfo", "/global-token-revocation"))

    # -- what there is -------------------------------------------------------------------------------------------------

    def _by_token(self, role: str, door: Door, address: str) -> TestResponse:
        headers = {} if role == ANONYMOUS else {"Authorization": f"Bearer {self._token(role)}"}
        method = "GET" if door.method == "*" else door.method
        more: dict[str, Any] = {"json": {}} if method in {"POST", "PATCH"} and door.path.startswith("/v1") else {}
        if door.path == "/global-token-revocation":
            named = {"format": "email", "email": self.people[DEVELOPER].email}
            more = {"json": {"sub_id": named}}
        return self.app.test_client().open(address, method=method, headers=headers, **more)

    def _token(self, role: str) -> str:
        """An access token that may manage; an administrator's may administer."""
        for _ in range(2):
            if role in self._tokens and self._is_good(self._tokens[role]):
                break
            scope = "openid manage admin read:realms" if role == ADMINISTRATOR else "openid manage read:realms"
            client, secret = make_client(self.house, trusted=True, scope=scope)
            party = RelyingParty(self.app.test_client(), client, secret)
            party.sign_in(self.people[role], PASSWORD).authorize(scope=scope).redeem()
            self._tokens[role] = party.tokens["access_token"]
        return self._tokens[role]

    def _is_good(self, token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().get("/userinfo", headers=headers).status_code == 200

    def _things(self, owner: User) -> dict[str, str]:
        """One of each kind that has an id."""
        client, _ = make_client(self.house, owner=owner, scope="openid profile read:realms")
        (key, _), (replaced, _) = make_api_key(self.house, owner), make_api_key(self.house, owner)
        with within(self.house):
            api_keys.rotate(replaced, overlap=3600, actor=owner.id)
        party = RelyingParty(self.app.test_client(), *make_client(self.house))
        party.sign_in(owner, PASSWORD).authorize(scope="openid profile read:realms").consent().redeem()
        return {
            "client_id": client.client_id,
            "connected": party.client.client_id,
            "key_id": key.id,
            "replaced": replaced.id,
            "id": key.id,
            "user_id": owner.id,
            "secret": "lk_" + "B" * 43,
            "code": "invalid_grant",
            "filename": "style.css",
            "parameters": "scope=read:realms",
            **self._written(owner, client.client_id),
        }

    def _written(self, owner: User, client_id: str) -> dict[str, str]:
        """Ids that stand in the database only."""
        with unit_of_work(self.house.database) as unit:
            (secret,) = client_secrets.alive(client_id)
            # The one in the relying party's browser: no test goes on in it.
            here = opaque.digest("session", self._browsers[OWNER].cookie("sid") or "")
            other = next(one for one in sessions.of_user(owner.id, idle_ttl=3600) if one.digest != here)
            events = audit_events.latest(limit=50, user_id=owner.id)
            (event,) = [one for one in events if one.tag == "user.signed_in" and one.details["sid"] == other.sid]
            trace_id = secrets.token_hex(8)
            checks = {"checks": [{"name": "client", "passed": False, "says": "unknown"}]}
            traces.add([Trace(trace_id, event.at, "authorize", client_id, None, "invalid_request", None, checks)])
            keys = self.house.server.keyring.states()
            unit.commit()
        return {
            "secret_id": secret.id,
            "sid": other.sid,
            "event_id": event.id,
            "trace_id": trace_id,
            "kid": next(row.kid for row, found in keys if found == "current"),
        }

    def _by_path(self, path: str) -> dict[str, str]:
        """What an id means depends on where it stands."""
        if path.startswith("/account/apps/"):
            return {"client_id": self.ids["connected"]}
        return {"key_id": self.ids["replaced"]} if path.endswith("/end-overlap") else {}


def told(answer: TestResponse, *ids: str) -> str:
    """The body without what differs from one request to the next: ids that were asked for, trace, CSRF tokens."""
    text = answer.text
    for found in ids:
        text = text.replace(found, "ID")
    text = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", text)
    return re.sub(r"\b[0-9a-f]{16}\b", "TRACE", text)
