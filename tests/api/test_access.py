"""Who may manage keys by program: AK4, AK8, AD1, AD2, AD3, AD4, AD8 of the security list."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.models import users
from authserver.models.api_keys import ApiKey
from authserver.models.users import User
from authserver.oauth.credentials.api_key import generate
from tests.api.conftest import PATH, Manage, Program, challenge, is_problem
from tests.factories import make_api_key, make_client, make_resource_server, make_user, within
from tests.pages.people import Browser
from tests.pages.settings.session_tokens import current
from tests.relying_party import RelyingParty
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

KeysOf = Callable[[User], list[ApiKey]]
RowCounts = Callable[[], State]
WISH = {"name": "CI", "scopes": ["read:realms"], "environment": "live"}
#: Every route and verb of one key, with a body that would be good.
VERBS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "", {}),
    ("PATCH", "", {"json": {"name": "taken"}}),
    ("DELETE", "", {}),
    ("POST", "/rotate", {"json": {"overlap": 0}}),
]
EVERY = [
    ("GET", PATH, {}),
    ("POST", PATH, {"json": WISH}),
    *((verb, f"{PATH}/key_x{end}", body) for verb, end, body in VERBS),
]


@pytest.mark.parametrize(("method", "path", "body"), EVERY)
def test_without_a_token_401_and_no_code(http: FlaskClient, method: str, path: str, body: dict[str, Any]) -> None:
    answer = http.open(path, method=method, **body)
    is_problem(answer, 401)
    assert challenge(answer) == 'Bearer realm="authserver"'


@pytest.mark.parametrize("token", ["nonsense", "at_" + "A" * 43, "ey.J.x", "rt_" + "A" * 43])
def test_a_bad_token_is_401(http: FlaskClient, token: str) -> None:
    for scheme in ("Bearer", "bearer"):
        answer = http.get(PATH, headers={"Authorization": f"{scheme} {token}"})
        assert is_problem(answer, 401)["error"] == "invalid_token"
        assert 'error="invalid_token"' in challenge(answer)
    assert http.get(PATH, headers={"Authorization": f"Basic {token}"}).status_code == 401


@pytest.mark.parametrize(("method", "path", "body"), EVERY)
def test_AK4_a_key_cannot_manage_keys(
    http: FlaskClient, house: "House", row_counts: RowCounts, method: str, path: str, body: dict[str, Any]
) -> None:
    owner, _ = make_user(house, is_admin=True)
    row, key = make_api_key(house, owner)
    before = row_counts()
    for bearer in (key, generate("live")):
        answer = http.open(
            path.replace("key_x", row.id), method=method, headers={"Authorization": f"Bearer {bearer}"}, **body
        )
        assert is_problem(answer, 401)["error"] == "invalid_token"
    assert http.open(path, method=method, headers={"X-API-Key": key}, **body).status_code == 401
    assert row_counts() == before


def test_AK8_a_key_or_token_in_query_or_cookie_is_401(http: FlaskClient, house: "House", program: Manage) -> None:
    mine = program()
    _, key = make_api_key(house, mine.user)
    for secret in (key, mine.token):
        assert http.get(PATH, query_string={"access_token": secret}).status_code == 401
        assert http.get(PATH, headers={"Cookie": f"access_token={secret}"}).status_code == 401
        assert http.post(PATH, data={"access_token": secret}).status_code == 401


@pytest.mark.parametrize("scope", ["read:realms", "openid profile", "admin"])
def test_AD3_a_token_without_the_scope_is_403(program: Manage, row_counts: RowCounts, scope: str) -> None:
    """Also `admin`, when its user is no administrator any more."""
    mine = program(scope, is_admin=scope == "admin")
    if scope == "admin":
        with within(mine.http.application.extensions["authserver.house"]):
            users.change(mine.user.id, is_admin=False)
    before = row_counts()
    for method, path, body in EVERY:
        answer = mine.send(method, path, **body)
        assert is_problem(answer, 403)["error"] == "insufficient_scope"
        assert 'scope="manage"' in challenge(answer)
    assert row_counts() == before


def test_a_token_of_a_client_for_itself_is_no_persons(app: Flask, house: "House") -> None:
    """Not even of a client whose id is that of a person."""
    user, _ = make_user(house)
    client, secret = make_client(house, type="machine", scope="manage", client_id=user.id)
    machine = RelyingParty(app.test_client(), client, secret)
    assert machine.token(grant_type="client_credentials").status_code == 200
    is_problem(Program(app.test_client(), user, machine.tokens["access_token"]).send("GET"), 401)


def test_a_token_for_another_server_is_401(app: Flask, house: "House") -> None:
    user, password = make_user(house)
    client, secret = make_client(house, trusted=True, scope="manage")
    party = RelyingParty(app.test_client(), client, secret)
    party.sign_in(user, password).authorize(resource=make_resource_server(house)[0].audience).redeem()
    is_problem(Program(app.test_client(), user, party.tokens["access_token"]).send("GET"), 401)


def test_a_token_is_dead_with_its_user(program: Manage, house: "House") -> None:
    mine = program()
    with within(house):
        users.change(mine.user.id, disabled_at=1)
    is_problem(mine.send("GET"), 401)


# -- AK4: never wider --------------------------------------------------------------------------------------------------


def test_AK4_a_key_is_never_wider_than_the_token(program: Manage, keys_of: KeysOf) -> None:
    mine = program("manage read:realms")
    answer = mine.create(scopes=["read:realms", "write:realms"])
    assert is_problem(answer, 403)["error"] == "insufficient_scope"
    assert 'scope="write:realms"' in challenge(answer)
    assert keys_of(mine.user) == []
    assert mine.create(scopes=["read:realms"]).status_code == 201


def test_AK4_a_key_is_never_wider_than_its_owner(program: Manage, keys_of: KeysOf) -> None:
    mine = program()
    assert is_problem(mine.create(scopes=["admin"]), 403)["error"] == "insufficient_scope"
    assert keys_of(mine.user) == []


def test_AK4_a_successor_is_never_wider_than_the_token(program: Manage, house: "House", row_counts: RowCounts) -> None:
    mine = program("manage read:realms")
    row, _ = make_api_key(house, mine.user, scopes=("write:realms",))
    before = row_counts()
    assert is_problem(mine.send("POST", f"{PATH}/{row.id}/rotate"), 403)["error"] == "insufficient_scope"
    assert row_counts() == before
    assert mine.send("DELETE", f"{PATH}/{row.id}").status_code == 204


# -- AD1, AD4, AD8 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "end", "body"), VERBS)
@pytest.mark.parametrize(("scope", "is_admin"), [("manage read:realms", False), ("manage read:realms", True)])
def test_AD1_the_key_of_another_is_as_absent_as_none(
    program: Manage, house: "House", row_counts: RowCounts, method: str, end: str, body: dict[str, Any], scope: str,
    is_admin: bool,
) -> None:  # fmt: skip
    """Also for an administrator whose token was not asked for `admin`."""
    row, _ = make_api_key(house, make_user(house)[0])
    mine = program(scope, is_admin=is_admin)
    before = row_counts()
    foreign = mine.send(method, f"{PATH}/{row.id}{end}", **body)
    absent = mine.send(method, f"{PATH}/key_absent{end}", **body)
    is_problem(foreign, 404)
    assert foreign.data == absent.data
    assert row_counts() == before
    assert row.id not in mine.send("GET").text


@pytest.mark.parametrize("key_id", ["%00", "%ff", "..", "a%20b", "x" * 300, "key_%27--", "%C3%A9"])
def test_AD1_an_id_that_cannot_be_one_is_404(program: Manage, key_id: str) -> None:
    mine = program()
    for method, end, body in VERBS:
        is_problem(mine.send(method, f"{PATH}/{key_id}{end}", **body), 404)


@pytest.mark.parametrize(
    "member",
    [
        {"owner": "usr_x"}, {"user_id": "usr_x"}, {"tier": "premium"}, {"role": "admin"}, {"is_admin": True},
        {"id": "key_mine"}, {"key": "x"}, {"created_at": 1}, {"revoked_at": None}, {"last_used_at": 5},
        {"replaces": "key_x"}, {"hint": "x"}, {"state": "revoked"}, {"expires_at": 1},
    ],
)  # fmt: skip
def test_AD4_what_the_server_makes_is_ignored(program: Manage, house: "House", member: dict[str, Any]) -> None:
    mine = program()
    made = mine.create(**member)
    assert made.status_code == 201, made.text
    plain = {"user_id": mine.user.id, "state": "live", "last_used_at": None, "replaces": None, "expires_at": None}
    assert {name: made.json[name] for name in plain} == plain
    assert made.json["id"] != "key_mine"
    changed = mine.send("PATCH", f"{PATH}/{made.json['id']}", json=member)
    assert {name: changed.json[name] for name in plain} == plain
    with within(house):
        found = users.find(mine.user.id)
    assert found == mine.user


def test_AD4_a_member_that_nobody_knows_is_refused(program: Manage, keys_of: KeysOf) -> None:
    """A misspelt `ip_allow` must not make a key that is good from everywhere."""
    mine = program()
    problem = is_problem(mine.create(ip_alow=["203.0.113.7"]), 400)
    assert problem["errors"] == [{"pointer": "#/ip_alow", "detail": "is no member of it"}]
    assert keys_of(mine.user) == []


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/users", "/v1/api-keys/", "/v1/api-keys/x/rotate/", "/v1/%2e%2e/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "TRACE"])
def test_AD8_nothing_else_is_there(program: Manage, method: str, path: str) -> None:
    is_problem(program().send(method, path), 404)


@pytest.mark.parametrize("method", ["PUT", "TRACE", "OPTIONS", "PATCH"])
def test_AD8_other_methods_are_405(program: Manage, method: str) -> None:
    answer = program().send(method)
    is_problem(answer, 405)
    assert answer.headers["Allow"] == "GET, POST"


# -- session tokens ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_admin", [False, True])
def test_the_session_token_of_the_owner_manages_their_own_keys(app: Flask, house: "House", is_admin: bool) -> None:
    at = Browser(app)
    user, password = make_user(house, is_admin=is_admin)
    assert at.sign_in(user, password).status_code == 303
    mine = Program(app.test_client(), user, current(at))
    made = mine.create(scopes=["delete:realms"])
    assert made.status_code == 201
    foreign, _ = make_api_key(house, make_user(house)[0])
    assert [item["id"] for item in mine.send("GET").json["items"]] == [made.json["id"]]
    is_problem(mine.send("DELETE", f"{PATH}/{foreign.id}"), 404)
    is_problem(mine.create(scopes=["manage"]), 400)
    assert mine.create(scopes=["admin"]).status_code == (400 if is_admin else 403)
    at.send("/logout")
    is_problem(mine.send("GET"), 401)
