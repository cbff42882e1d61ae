"""Global token revocation (draft-parecki-oauth-global-token-revocation): who may, whom they name, and what ends."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.models import audit_events
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
from tests.conftest import ISSUER
from tests.factories import make_api_key, make_user
from tests.relying_party import Credentials, Local, Reply
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import MakeParty, Party, party_at
from tests.rfc.feed import Follower
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

PATH = "/global-token-revocation"
Send = Callable[..., Reply]


@pytest.fixture(scope="module")
def administrator(app: Flask, house: "House") -> Party:
    """With a token that may administer."""
    rp = party_at(app, user=make_user(house, is_admin=True)[0], scope="admin manage openid")
    granted(rp.authorize(scope="admin").redeem())
    return rp


@pytest.fixture
def send(administrator: Party, machine: Local) -> Send:
    """`send({"format": ...})`: by the administrator's program, unless another token is given."""

    def ask(sub_id: Any, *, token: str | None = None, kind: str = "application/json", body: str | None = None) -> Reply:
        headers = {"Authorization": f"Bearer {token or administrator.tokens['access_token']}", "Content-Type": kind}
        return machine.send("POST", PATH, body=body or json.dumps({"sub_id": sub_id}), headers=headers)

    return ask


def by_email(user: User) -> dict[str, str]:
    return {"format": "email", "email": user.email}


def by_sub(user: User) -> dict[str, str]:
    return {"format": "iss_sub", "iss": ISSUER, "sub": user.id}


@pytest.mark.parametrize("named", [by_email, by_sub])
def test_s3_sessions_and_tokens_of_the_person_end_at_once(
    house: "House",
    party: MakeParty,
    api: Credentials,
    machine: Local,
    send: Send,
    administrator: Party,
    named: Callable[[User], dict[str, str]],
) -> None:
    rp = party()
    granted(rp.authorize(scope="openid offline_access read:realms").redeem())
    opaque, other = party(user=rp.user, access_token_format="opaque"), party()
    for one in (opaque, other):
        granted(one.authorize(scope="openid offline_access read:realms").redeem())
    _, key = make_api_key(house, rp.user)
    follower = Follower(machine, api, issuer=ISSUER)
    reply = send(named(rp.user))
    assert (reply.status_code, reply.text, reply.headers["Cache-Control"]) == (204, "", "no-store")
    for one in (rp, opaque):
        is_inactive(one.introspect(as_=api))
        assert one.userinfo().status_code == 401
        refuses(one.refresh(), "invalid_grant")
        assert one.authorize(scope="openid").at == "/login"
    told = follower.news()
    assert (len(told["gid"]), len(told["sid"])) == (2, 2)
    is_active(rp.introspect(key, as_=api))  # a key has its own end
    is_active(other.introspect(as_=api))
    assert send(named(rp.user)).status_code == 204, "again: it is as it is wanted"
    with unit_of_work(house.database):
        found = audit_events.latest(limit=20, user_id=rp.user.id)
    assert {event.tag for event in found if event.actor == administrator.user.id} == {"session.ended", "grant.revoked"}


def test_s3_who_is_not_there(send: Send, administrator: Party, row_counts: Callable[[], State]) -> None:
    before = row_counts()
    unknown = (
        {"format": "email", "email": "nobody@people.example"},
        {"format": "iss_sub", "iss": ISSUER, "sub": "usr_nobody"},
        {"format": "iss_sub", "iss": "https://other.example", "sub": administrator.user.id},
    )
    for sub_id in unknown:
        refuses(send(sub_id), "invalid_request", 404)
    assert row_counts() == before


@pytest.mark.parametrize(
    "sub_id",
    [
        None,
        [],
        "x",
        {},
        {"format": "email"},
        {"format": "email", "email": None},
        {"format": "email", "email": "x"},
        {"format": "email", "email": ["a@b.example"]},
        {"format": "email", "email": "a\0@b.example"},
        {"format": "iss_sub", "sub": "usr_1"},
        {"format": "opaque", "id": "1"},
        {"format": "phone_number", "phone_number": "+12065550100"},
    ],
    ids=str,
)
def test_s3_a_subject_that_is_not_understood(send: Send, sub_id: Any) -> None:
    refuses(send(sub_id), "invalid_request")


def test_s3_a_body_that_is_no_json(send: Send, administrator: Party) -> None:
    good = json.dumps({"sub_id": by_sub(administrator.user)})
    refuses(send(None, body=good, kind="text/plain"), "invalid_request")
    refuses(send(None, body=good[:-1]), "invalid_request")
    twice = '{"sub_id": {"format": "email", "email": "a@b.example", "email": "c@d.example"}}'
    refuses(send(None, body=twice), "invalid_request")


def test_s2_only_an_administrator_with_a_token_for_it(
    house: "House", party: MakeParty, send: Send, machine: Local, row_counts: Callable[[], State]
) -> None:
    victim = make_user(house)[0]
    own = party(scope="manage openid")
    granted(own.authorize(scope="manage").redeem())
    administrators = party(user=make_user(house, is_admin=True)[0], scope="admin manage read:realms")
    granted(administrators.authorize(scope="manage").redeem())
    _, key = make_api_key(house, administrators.user)
    before = row_counts()
    refuses(send(by_sub(victim), token=own.tokens["access_token"]), "insufficient_scope", 403)
    refuses(send(by_sub(victim), token=administrators.tokens["access_token"]), "insufficient_scope", 403)
    refuses(send(by_sub(victim), token=key), "invalid_token", 401)
    refuses(send(by_sub(victim), token="at_nothing"), "invalid_token", 401)
    reply = machine.send("POST", PATH, body="{}", headers={"Content-Type": "application/json"})
    assert (reply.status_code, "WWW-Authenticate" in reply.headers) == (401, True)
    assert row_counts() == before


def test_s5_the_metadata_name_it(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/oauth-authorization-server", body=None, headers={}).json
    assert document["global_token_revocation_endpoint"] == ISSUER + PATH
    assert document["revocations_endpoint"] == f"{ISSUER}/revocations"
