""" "This was not me", over HTTP: what an event has made ends, everybody else is signed out, a new password follows."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import api_keys, audit_events, consents
from authserver.models.audit_events import AuditEvent
from authserver.models.users import User
from authserver.oauth import api_keys as keys
from tests import state
from tests.factories import make_api_key, make_client
from tests.pages.people import PASSWORD, Browser, commit, is_revoked, mails, open_grant, person
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

PAGE = "/account/activity"
NEXT = "/account/security#password"
NEW = "another harbour, at dusk"


def events(app: Flask, user: User, tag: Tag) -> list[AuditEvent]:
    found = commit(app, lambda: audit_events.latest(limit=100, user_id=user.id))
    return [event for event in found if event.tag == tag]


def said(app: Flask, user: User, tag: Tag, *, actor: str | None = "", **more: object) -> str:
    """An event, and where it is disputed."""
    who = user.id if actor == "" else actor
    commit(app, lambda: record(tag, actor=who, user_id=user.id, **more))
    return f"{PAGE}/{events(app, user, tag)[0].id}"


def error_without_trace(page: str) -> str:
    head, mark, tail = page.partition("<dl")
    return re.sub(r'value="[^"]+"', "", head + mark + tail.partition("</dl>")[2])


@pytest.fixture
def ada(app: Flask, at: Browser) -> User:
    user = person(app)
    at.sign_in(user)
    return user


def test_a_sign_in_of_somebody_else_is_ended_and_a_password_follows(app: Flask, at: Browser, ada: User) -> None:
    thief = Browser(app)
    thief.sign_in(ada)
    theirs = next(e for e in events(app, ada, Tag.USER_SIGNED_IN) if e.address == thief.environ["REMOTE_ADDR"])
    own = next(e for e in events(app, ada, Tag.USER_SIGNED_IN) if e.address == at.environ["REMOTE_ADDR"])
    page = at.get(PAGE).text
    assert f'href="{PAGE}/{theirs.id}"' in page
    assert f'href="{PAGE}/{own.id}"' not in page  # this very browser
    asked = at.get(f"{PAGE}/{theirs.id}")
    assert "Every other browser is signed out" in asked.text
    assert thief.get("/account/profile").status_code == 200  # asking has changed nothing
    answer = at.send(f"{PAGE}/{theirs.id}")
    assert (answer.status_code, answer.headers["Location"]) == (303, NEXT)
    assert thief.get("/account/profile").status_code == 303
    page = at.get("/account/security").text
    assert "Everybody else is signed out. Choose a new password now." in page
    (event,) = events(app, ada, Tag.ACTIVITY_DISPUTED)
    assert (event.actor, event.details) == (ada.id, {"event": theirs.id, "about": "user.signed_in", "sessions": 0})


def test_a_wrong_password_signs_everybody_else_out(app: Flask, at: Browser, ada: User) -> None:
    other = Browser(app)
    other.sign_in(ada)
    Browser(app).sign_in(ada, "wrong")
    (event,) = events(app, ada, Tag.USER_SIGN_IN_FAILED)
    assert "nobody got in" in at.get(f"{PAGE}/{event.id}").text
    assert at.send(f"{PAGE}/{event.id}").status_code == 303
    assert other.get("/account/profile").status_code == 303


@pytest.mark.parametrize("tag", [Tag.CONSENT_GRANTED, Tag.GRANT_OPENED])
def test_an_application_loses_its_access(app: Flask, at: Browser, ada: User, house: "House", tag: Tag) -> None:
    client, _ = make_client(house)
    own, client_id = {"user_id": ada.id, "client_id": client.client_id}, client.client_id
    commit(app, lambda: consents.record(**own, scope="openid", seen={}))
    elsewhere = open_grant(app, ada)
    path = said(app, ada, tag, client_id=client_id, scope="openid")
    assert f"<bdi>{client.name}</bdi></b> loses its access" in at.get(path).text
    assert at.send(path).status_code == 303
    assert commit(app, lambda: consents.find(**own)) is None
    assert not is_revoked(app, elsewhere)  # of another application


def test_a_key_that_was_created_changed_or_made_as_a_successor_is_revoked(
    app: Flask, at: Browser, ada: User, house: "House"
) -> None:
    created, _ = make_api_key(house, ada)
    old, _ = make_api_key(house, ada)
    other, _ = make_api_key(house, ada)
    successor = commit(app, lambda: keys.rotate(old, overlap=3600, actor=ada.id)).row
    by_key = {event.details["key"]: event for event in events(app, ada, Tag.API_KEY_CREATED)}
    (rotated,) = events(app, ada, Tag.API_KEY_ROTATED)
    assert at.send(f"{PAGE}/{by_key[created.id].id}").status_code == 303
    assert at.send(f"{PAGE}/{rotated.id}").status_code == 303
    ended = {key.id for key in commit(app, lambda: api_keys.every(user_id=ada.id)) if key.revoked_at is not None}
    assert ended == {created.id, successor.id}
    assert other.id not in ended
    assert events(app, ada, Tag.API_KEY_REVOKED)[0].details["because"] == "not me"


@pytest.mark.parametrize("tag", [Tag.USER_PASSWORD_CHANGED, Tag.USER_PASSWORD_RESET])
def test_after_a_password_that_was_not_mine_a_link_is_sent(app: Flask, at: Browser, ada: User, tag: Tag) -> None:
    path = said(app, ada, tag)
    assert f"is sent to <bdi>{ada.email}</bdi>" in at.get(path).text
    assert at.send(path).headers["Location"] == NEXT
    assert f"on its way to {ada.email}" in at.get("/account/security").text.replace("&#39;", "'")
    assert "/reset/" in mails(app, ada.email)[-1].body


def test_mail_is_not_sent_without_end(app: Flask, at: Browser, ada: User) -> None:
    path = said(app, ada, Tag.USER_PASSWORD_CHANGED)
    assert {at.send(path).status_code for _ in range(6)} == {303}
    assert len(mails(app, ada.email)) == 4


def test_a_link_to_another_address_is_ended(app: Flask, at: Browser, ada: User) -> None:
    new = f"{ada.username}-new@people.test"
    at.send("/account/profile/email", of="/account/profile", email=new)
    found = re.search(r"(/confirm-email/\S+)", mails(app, new)[-1].body)
    assert found
    (event,) = events(app, ada, Tag.USER_EMAIL_CHANGE_ASKED)
    assert at.send(f"{PAGE}/{event.id}").status_code == 303
    assert Browser(app).get(found[1]).status_code == 410


def test_what_an_operator_did_or_what_gives_nothing_is_not_disputed(app: Flask, at: Browser, ada: User) -> None:
    paths = [
        said(app, ada, Tag.USER_PASSWORD_CHANGED, actor="cli"),
        said(app, ada, Tag.USER_TIER_CHANGED, actor="usr_of_an_administrator"),
        said(app, ada, Tag.CONSENT_WITHDRAWN),
        said(app, ada, Tag.USER_SIGNED_OUT),
        said(app, ada, Tag.TOKEN_REVOKED),
    ]
    page = at.get(PAGE).text
    for path in paths:
        assert f'href="{path}"' not in page
        assert at.get(path).status_code == 404
        assert at.send(path, of=PAGE).status_code == 404


def test_AD1_events_of_others_are_as_absent_as_none(app: Flask, at: Browser, ada: User, house: "House") -> None:
    ivo = person(app)
    theirs, absent = said(app, ivo, Tag.USER_PROFILE_CHANGED), f"{PAGE}/ev_absent"
    before = state.of(house.database)
    bodies = set()
    for path in (theirs, absent):
        answers = [at.get(path), at.send(path, of=PAGE)]
        assert [answer.status_code for answer in answers] == [404, 404]
        bodies |= {error_without_trace(answer.text) for answer in answers}
    assert len(bodies) == 1
    assert state.of(house.database) == before


def test_asking_and_a_form_without_its_token_change_nothing(
    app: Flask, at: Browser, ada: User, row_counts: Callable[[], State]
) -> None:
    Browser(app).sign_in(ada)
    path = said(app, ada, Tag.USER_PROFILE_CHANGED)
    before = row_counts()
    assert at.get(path).status_code == 200
    assert at.post(path).status_code == 400
    assert row_counts() == before


def test_the_way_goes_on_to_a_new_password(app: Flask, at: Browser, ada: User) -> None:
    at.send(said(app, ada, Tag.USER_PROFILE_CHANGED))
    assert at.send("/account/security", current_password=PASSWORD, new_password=NEW).status_code == 303
    assert Browser(app).sign_in(ada, NEW).status_code == 303
