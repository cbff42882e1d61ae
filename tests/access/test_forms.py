"""AD4 and AD7 at every form of every page, and AD3 and AD4 at every resource of /v1."""

from typing import Any

import pytest

from authserver.api import RESOURCES
from authserver.models import audit_events
from authserver.models.listing import Part
from authserver.models.unit_of_work import unit_of_work
from tests.access.filling import TOO_MUCH, WISHES, filled, protected
from tests.access.routes import Door
from tests.access.world import DEVELOPER, OWNER, World
from tests.factories import PASSWORD, make_api_key, make_client, make_resource_server
from tests.relying_party import RelyingParty

#: Writes that are no change of anything that somebody has: forms that were shown, sessions, requests under way, mail.
#: Clients of this server itself, made when they are first wanted; nobody can choose such an id.
OURS = "realmkit-"
NO_CHANGE = {"authorization_requests", "links", "outbox", "sessions", "spent_ids"}


def test_AD4_no_form_changes_what_is_not_in_it(world: World) -> None:
    """Every form is sent with everything that a person could wish, once as it is and once with each field abused."""
    before, sent = protected(world), []
    for action, values in list(filled(world)):
        for abuse in ({}, *(abuse for abuse in TOO_MUCH if abuse.keys() <= values.keys())):
            wishes = {name: value for name, value in WISHES.items() if name not in values}
            at = world.at(OWNER)
            values["csrf_token"] = _token(world)
            answer = at.post(action, {**wishes, **values, **abuse})
            assert answer.status_code < 500, action
            sent.append((action, answer.status_code))
            _compare(world, before, protected(world), action)
    accepted = {action for action, status in sent if status in {200, 303}}
    # Not a test that passes because nothing was accepted.
    assert {"/account/profile", "/settings/apps/new", "/settings/api-keys/new", "/playground/request"} <= accepted
    assert any(action.startswith("/settings/apps/cl_") for action in accepted)
    assert any(action.startswith("/settings/api-keys/key_") for action in accepted)


def _compare(world: World, before: dict[str, Any], after: dict[str, Any], action: str) -> None:
    owner = world.people[OWNER].id
    assert after["users"] == before["users"], action
    for table in ("clients", "keys"):
        for found, facts in after[table].items():
            if found in before[table]:
                assert facts == before[table][found], f"{action} changed {found}"
            elif not found.startswith(OURS):
                assert facts[0] == owner, f"{action} made something for somebody else"
    for client, facts in after["clients"].items():
        if client not in before["clients"] and not client.startswith(OURS):
            _, is_api, trusted, verified, audience, meter, *_, admin = facts
            assert (is_api, trusted, verified, audience, meter, admin) == (False, False, None, None, False, False), (
                action
            )
    assert not any(facts[-1] for facts in after["keys"].values()), action


def _token(world: World) -> str:
    page = world.at(OWNER).get("/account/profile").text
    return page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]


def test_AD7_no_form_changes_anything_without_an_event_and_no_event_holds_a_secret(world: World) -> None:
    for action, values in list(filled(world)):
        values["csrf_token"] = _token(world)
        cookie = world.at(OWNER).cookie("sid")
        before, known = world.state(), set(_events(world))
        answer = world.at(OWNER).post(action, values)
        after, new = world.state(), {id_: text for id_, text in _events(world).items() if id_ not in known}
        changed = {name for name in before.tables if before.tables[name] != after.tables[name]} - NO_CHANGE
        assert new or not changed, f"{action} has changed {changed} and written nothing"
        for secret in (PASSWORD, values["csrf_token"], cookie, *_shown_once(answer.text)):
            assert all(secret not in text for text in new.values()), action


def _events(world: World) -> dict[str, str]:
    with unit_of_work(world.house.database):
        return {event.id: str(event) for event in audit_events.search(audit_events.ANY, Part(limit=5000)).items}


def _shown_once(page: str) -> list[str]:
    """Values of fields marked as secret."""
    marked = [part.rpartition("<input")[2] for part in page.split(" data-secret")[:-1]]
    return [part.partition('value="')[2].partition('"')[0] for part in marked]


# -- /v1 ---------------------------------------------------------------------------------------------------------------

BODIES = [
    (operation.method, resource.path)
    for resource in RESOURCES
    for operation in resource.operations
    if operation.body is not None and not operation.public
]


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize("wish", sorted(WISHES))
def test_AD4_no_member_of_a_body_gives_more_than_is_meant(world: World, method: str, path: str, wish: str) -> None:
    """It is ignored, or refused; nobody becomes what they were not."""
    headers = {"Authorization": f"Bearer {world.ready(OWNER, Door(method, path))._token(OWNER)}"}
    before = protected(world)
    good = {"name": "CI", "scopes": ["read:realms"], "environment": "live"} if path.endswith("s") else {}
    for value in (WISHES[wish], True, 5, None, ["admin"]):
        address = path.replace("{id}", world.ids["id"])
        answer = world.app.test_client().open(address, method=method, headers=headers, json={**good, wish: value})
        assert answer.status_code in {200, 201, 400, 403, 409}, answer.text
        _compare(world, before, protected(world), address)


def test_AD3_a_key_that_may_read_may_not_write(world: World) -> None:
    """At the gateway, and in the words of introspection, by which every API decides."""
    _, key = make_api_key(world.house, world.people[OWNER], scopes=("read:realms",))
    http, headers = world.app.test_client(), {"Authorization": f"Bearer {key}"}
    assert http.get("/gateway/auth?scope=read:realms", headers=headers).status_code == 200
    for scope in ("write:realms", "delete:realms", "read:realms%20write:realms", "admin", "manage"):
        answer = http.get(f"/gateway/auth?scope={scope}", headers=headers)
        assert answer.status_code == 403
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    party = RelyingParty(http, *make_client(world.house))
    assert party.introspect(key, as_=make_resource_server(world.house)).json["scope"] == "read:realms"


@pytest.mark.parametrize(("method", "path"), [(door, path) for door, path in BODIES if "{id}" in path])
def test_AD1_a_body_does_not_reach_what_is_anothers(world: World, method: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {world.ready(DEVELOPER, Door(method, path))._token(DEVELOPER)}"}
    before = world.state()
    for body in ({}, {"name": "mine"}, {"user_id": world.people[DEVELOPER].id}, {"overlap": 0}):
        address = path.replace("{id}", world.ids["id"])
        answer = world.app.test_client().open(address, method=method, headers=headers, json=body)
        assert answer.status_code == 404
    assert world.state() == before
