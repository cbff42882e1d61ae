"""Create, show, change, rotate, revoke: by the same code as the pages and the command line (AK4, AD1, AD4)."""

import re

from authserver.api.api_keys.documents import CHANGE, KEY, LIST, NEW_KEY, ROTATION, WISH, document
from authserver.models import api_keys as stored
from authserver.models.api_keys import ApiKey
from authserver.oauth import api_keys, notices, scopes
from authserver.oauth.answer import NO_STORE, Answer, empty_answer, json_answer
from authserver.oauth.api_keys import ApiKeyError, Change, Created, Wish
from authserver.oauth.errors import InsufficientScopeError
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.rest import bodies, lists
from authserver.rest.access import Principal, authorized
from authserver.rest.problems import Fault, Problem, absent, malformed
from authserver.rest.resource import Operation, Resource, check_query

PATH = "/v1/api-keys"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def list_(request: Request, server: AuthorizationServer) -> Answer:
    """One's keys, newest first; with the scope `admin` everybody's."""
    principal = authorized(request, server)
    check_query(request, lists.PARAMETERS)
    page = lists.page(request.query())
    owner = None if principal.for_all else principal.user.id
    found = stored.every(user_id=owner, after=page.after, limit=page.limit + 1)
    shown = found[: page.limit]
    more = len(found) > page.limit
    next_ = lists.cursor(shown[-1].created_at, shown[-1].id) if more else None
    return json_answer({"items": [document(key) for key in shown], "next": next_})


def create(request: Request, server: AuthorizationServer) -> Answer:
    """A new key of the person who asks; it is in the answer, and nowhere else."""
    principal = authorized(request, server)
    check_query(request, {})
    body = bodies.read(request, WISH)
    wanted = tuple(body["scopes"])
    _check_rights(principal, wanted)
    texts = {name: tuple(body.get(name, ())) for name in ("audience", "ip_allow")}
    wish = Wish(
        name=body["name"],
        scopes=wanted,
        environment=body["environment"],
        expires_in=body.get("expires_in"),
        note=body.get("note", ""),
        **texts,
    )
    try:
        created = api_keys.create(principal.user, wish, actor=principal.user.id)
    except ApiKeyError as error:
        raise malformed(_fault(error)) from None
    return _created(created)


def show(request: Request, server: AuthorizationServer) -> Answer:
    """One key, as it can be seen again."""
    principal = authorized(request, server)
    check_query(request, {})
    return json_answer(document(_key(request, principal)))


def change(request: Request, server: AuthorizationServer) -> Answer:
    """Name, note and addresses; what a key may do never changes."""
    principal = authorized(request, server)
    check_query(request, {})
    key = _key(request, principal)
    body = bodies.read(request, CHANGE)
    networks = tuple(body["ip_allow"]) if "ip_allow" in body else None
    try:
        changed = api_keys.change(
            key, Change(name=body.get("name"), note=body.get("note"), ip_allow=networks), actor=principal.user.id
        )
    except ApiKeyError as error:
        raise _refusal(error) from None
    return json_answer(document(changed))


def revoke(request: Request, server: AuthorizationServer) -> Answer:
    """End a key at once; again is no error."""
    principal = authorized(request, server)
    check_query(request, {})
    key, actor = _key(request, principal), principal.user.id
    because = "owner" if actor == key.user_id else "administrator"
    api_keys.revoke_and_tell(server.settings, key, actor=actor, because=because)
    return empty_answer(204)


def rotate(request: Request, server: AuthorizationServer) -> Answer:
    """The successor of a key; it is in the answer, and nowhere else."""
    principal = authorized(request, server)
    check_query(request, {})
    key, actor = _key(request, principal), principal.user.id
    body = bodies.read(request, ROTATION, optional=True)
    principal.check_within(tuple(key.scope.split()))
    try:
        created = api_keys.rotate(key, overlap=body.get("overlap", 0), actor=actor)
    except ApiKeyError as error:
        raise _refusal(error) from None
    if actor != key.user_id:
        notices.rotated(server.settings, key)
    return _created(created)


def _key(request: Request, principal: Principal) -> ApiKey:
    """The key that the path names. Raises Problem (404) also for one of somebody else (AD1)."""
    key_id, owner = request.variables["id"], None if principal.for_all else principal.user.id
    key = stored.find(key_id, user_id=owner) if _ID.fullmatch(key_id) else None
    if key is None:
        raise absent()
    return key


def _check_rights(principal: Principal, wanted: tuple[str, ...]) -> None:
    """Raises insufficient_scope for what the person or the token lacks (AK4).

    What no key may carry at all, or nobody knows, is no question of rights: the wish is bad.
    """
    own = {scope.name for scope in scopes.own(principal.user)}
    foreign = {scope.name for scope in scopes.known()} - own
    beyond = [name for name in wanted if name in own - scopes.NOT_FOR_KEYS - principal.scope or name in foreign]
    if beyond:
        raise InsufficientScopeError(scopes.join(beyond))


def _created(created: Created) -> Answer:
    body = {**document(created.row), "key": created.key}
    location = ("Location", f"{PATH}/{created.row.id}")
    return json_answer(body, status=201, headers=(*NO_STORE, location))


def _refusal(error: ApiKeyError) -> Problem:
    """Revoked, expired or rotated before is a conflict with what has become of it; the rest is a bad wish."""
    return Problem(409, error.message) if error.field == "key" else malformed(_fault(error))


def _fault(error: ApiKeyError) -> Fault:
    return Fault(f"#/{'expires_in' if error.field == 'expires' else error.field}", error.message)


_BAD = {400: ("The body or the query cannot be granted.", None)}
_ABSENT = {404: ("There is none, or it belongs to somebody else.", None)}
_CONFLICT = {409: ("The key is revoked, has expired, or was rotated before.", None)}
_ONE = f"{PATH}/{{id}}"
RESOURCES = (
    Resource(
        PATH,
        (
            Operation(
                "GET", "listApiKeys", "API keys, newest first", list_, {200: ("A page of them.", LIST), **_BAD},
                query=lists.PARAMETERS,
            ),
            Operation(
                "POST", "createApiKey", "Create an API key", create, {201: ("It is shown this once.", NEW_KEY), **_BAD},
                body=WISH,
            ),
        ),
    ),
    Resource(
        _ONE,
        (
            Operation("GET", "showApiKey", "One API key", show, {200: ("As it is.", KEY), **_ABSENT}),
            Operation(
                "PATCH", "changeApiKey", "Change name, note or addresses", change,
                {200: ("As it is now.", KEY), **_BAD, **_ABSENT, **_CONFLICT}, body=CHANGE,
            ),
            Operation(
                "DELETE", "revokeApiKey", "Revoke an API key at once", revoke, {204: ("It is dead.", None), **_ABSENT}
            ),
        ),
    ),
    Resource(
        f"{_ONE}/rotate",
        (
            Operation(
                "POST", "rotateApiKey", "Replace an API key", rotate,
                {201: ("The successor, shown this once.", NEW_KEY), **_BAD, **_ABSENT, **_CONFLICT},
                body=ROTATION, body_optional=True,
            ),
        ),
    ),
)  # fmt: skip
