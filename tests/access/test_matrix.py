"""AD1, AD2, AD8: every role at every address with every method, and nothing else is there."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.access.routes import VARIABLE, Door, documented, kinds, served
from tests.access.world import ADMINISTRATOR, ANONYMOUS, DEVELOPER, OWNER, ROLES, STRANGER, World, told

#: Whom each kind of address answers, beside those that it turns away: role -> what it is told.
LOGIN, FORBIDDEN, ABSENT, UNKNOWN, IN = "login", "403", "404", "401", "in"
PEOPLE = dict.fromkeys((STRANGER, DEVELOPER, OWNER, ADMINISTRATOR), IN)
EXPECTED = {
    "everybody": {ANONYMOUS: IN, **PEOPLE},
    "link": {ANONYMOUS: IN, **PEOPLE},
    "transaction": {ANONYMOUS: IN, **PEOPLE},
    "application": dict.fromkeys(ROLES, UNKNOWN),
    "token": {ANONYMOUS: UNKNOWN, **PEOPLE},
    "person": {ANONYMOUS: LOGIN, **PEOPLE},
    "owner": {ANONYMOUS: LOGIN, STRANGER: ABSENT, DEVELOPER: ABSENT, OWNER: IN, ADMINISTRATOR: ABSENT},
    "owner, administrator": {ANONYMOUS: LOGIN, STRANGER: ABSENT, DEVELOPER: ABSENT, OWNER: IN, ADMINISTRATOR: IN},
    "owner alone": {ANONYMOUS: LOGIN, STRANGER: ABSENT, DEVELOPER: ABSENT, OWNER: IN, ADMINISTRATOR: FORBIDDEN},
    "administrator": {ANONYMOUS: LOGIN, **dict.fromkeys((STRANGER, DEVELOPER, OWNER), FORBIDDEN), ADMINISTRATOR: IN},
    "nobody": dict.fromkeys(ROLES, ABSENT),
}
#: Where a good answer leads to the login, because it has signed everybody out.
LEAD_TO_LOGIN, SIGNED_OUT = {"/admin/end-all", "/login/select"}, "sid=;"
#: A method that takes any has no other.
DOORS = sorted(documented())
OBJECTS = [door for door in DOORS if documented()[door].startswith("owner")]


def outcome(answer: TestResponse) -> str:
    """How somebody was received."""
    if answer.status_code == 400 and "error" in (answer.get_json(silent=True) or {}):
        return UNKNOWN  # a machine that has sent nothing to recognise it by
    if answer.status_code in {401, 403, 404}:
        return str(answer.status_code)
    if answer.status_code in {302, 303} and answer.location.startswith("/login"):
        return (
            IN if answer.request.path in LEAD_TO_LOGIN and SIGNED_OUT in answer.headers.get("Set-Cookie", "") else LOGIN
        )
    assert answer.status_code < 500, answer.text
    assert answer.status_code != 405, answer.text
    return IN


def expected(door: Door, role: str) -> str:
    found = EXPECTED[documented()[door]][role]
    # Machines are told by a status what people are told by a page.
    return UNKNOWN if found == LOGIN and World.is_machine(door) else found


# -- AD8: the list -----------------------------------------------------------------------------------------------------


def test_AD8_the_documented_list_is_the_list_of_the_code(own_app: Flask) -> None:
    """A new address needs a row in docs/routes.md: `| `/path` | METHODS | for whom | what it is |`."""
    missing, gone = served(own_app) - set(documented()), set(documented()) - served(own_app)
    assert (sorted(missing), sorted(gone)) == ([], [])


def test_AD8_every_row_says_for_whom_in_the_words_of_the_document() -> None:
    assert set(documented().values()) <= kinds()
    assert kinds() == set(EXPECTED)


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND"])
def test_AD8_no_other_method_is_taken_anywhere(world: World, method: str) -> None:
    for door in DOORS:
        if door.method != "*":  # a gateway's proxies ask with the method of their callers
            answer = world.app.test_client().open(world.address(door), method=method)
            assert answer.status_code in {404, 405}, door


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_AD8_a_method_that_is_not_listed_is_405(world: World, method: str) -> None:
    for path in {door.path for door in DOORS}:
        if not {Door(method, path), Door("*", path)} & set(DOORS):
            answer = world.app.test_client().open(world.address(Door(method, path)), method=method)
            assert answer.status_code == 405, path


@pytest.mark.parametrize(
    "path",
    [
        "/debug", "/console", "/_debug_toolbar", "/__debugger__", "/metrics", "/server-status", "/actuator", "/env",
        "/.env", "/.git/config", "/static/", "/static/../settings.py", "/static/%2e%2e/settings.py", "/admin/",
        "/admin/db", "/admin.php", "/wp-login.php", "/keys/master.key", "/var/authserver.db", "/docs/../admin",
        "/v1", "/v1/users", "/v2/api-keys", "/graphql", "/api", "/swagger.json", "/favicon.ico",
         "/;/admin", "/ADMIN",
    ],
)  # fmt: skip
def test_AD8_nothing_else_is_there(world: World, path: str) -> None:
    for role in (ANONYMOUS, ADMINISTRATOR):
        assert world.at(role).get(path).status_code == 404


# -- AD1, AD2: the matrix ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_AD1_AD2_every_role_is_received_as_the_document_says(world: World, door: Door) -> None:
    """Whoever is not let in changes nothing, and is told the same about another's object as about none."""
    for role in ROLES:
        world.begin()  # what the role before has done to them was theirs to do
        wanted = expected(door, role)
        before = world.ready(role, door).state() if wanted != IN else None
        answer = world.ask(role, door)
        assert outcome(answer) == wanted, f"{role}: {answer.status_code} {answer.text}"
        if before is not None:
            assert world.state() == before, role


@pytest.mark.parametrize("door", OBJECTS, ids=" ".join)
def test_AD1_what_is_anothers_is_as_absent_as_what_never_was(world: World, door: Door) -> None:
    nobodys = world.absent(door)
    (name, absent) = next(iter(nobodys.items()))
    own = {**world.ids, **world._by_path(door.path)}[name]
    for role in ROLES:
        if expected(door, role) == ABSENT:
            before = world.ready(role, door).state()
            theirs, none = world.ask(role, door), world.ask(role, door, nobodys)
            assert theirs.status_code == none.status_code == 404
            assert told(theirs, own, absent) == told(none, own, absent)
            assert dict(theirs.headers).keys() == dict(none.headers).keys()
            assert world.state() == before
    for role in (OWNER, ADMINISTRATOR):  # and for those who may, too
        assert world.ready(role, door).ask(role, door, nobodys).status_code == 404


@pytest.mark.parametrize("value", ["'", "%27%20OR%201=1--", "%00", "%ff", "x" * 2000, "%0d%0aX-Evil:1", "%F0%9F%92%A5"])
def test_AD6_an_id_that_cannot_be_one_is_no_defect(roles: World, value: str) -> None:
    doors = [door for door in DOORS if VARIABLE.search(door.path)]
    roles.begin()
    for door in doors:
        roles.ready(ADMINISTRATOR, door)
    # A dead link costs the same writes as one that works: a mail to nobody (LG2).
    doors.sort(key=lambda door: documented()[door] == "link")
    before = roles.state()
    for door in doors:
        if documented()[door] == "link" and before is not None:
            assert roles.state() == before
            before = None
        ids = dict.fromkeys(VARIABLE.findall(door.path), value)
        for role in (ANONYMOUS, ADMINISTRATOR):
            answer = roles.ask(role, door, ids)
            assert answer.status_code < 500, door
            assert "X-Evil" not in answer.headers
