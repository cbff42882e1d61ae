"""Audit events: one row with the change, one log line that nothing can break."""

import json
import logging

import pytest
from flask import Flask

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import audit_events
from authserver.models.unit_of_work import unit_of_work
from tests.pages.people import PASSWORD, Browser, commit, database_of, link_in, mails, person, someone


def test_row_and_line_say_the_same(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    user_id = someone("usr")
    with caplog.at_level(logging.INFO, "authserver.audit"):
        commit(
            app,
            lambda: record(
                Tag.API_KEY_CREATED, actor="cli", user_id=user_id, address="::1", scopes=("a", "b"), note="x\ny\x1b"
            ),
        )
    (event,) = commit(app, lambda: audit_events.latest(limit=5, user_id=user_id))
    assert (event.tag, event.actor, event.address) == ("api_key.created", "cli", "::1")
    assert event.details == {"scopes": ["a", "b"], "note": "x\ny\x1b"}
    (line,) = [entry.getMessage() for entry in caplog.records if user_id in entry.getMessage()]
    assert "\n" not in line  # IJ5
    assert "\x1b" not in line
    assert json.loads(line.partition(" ")[2])["scopes"] == ["a", "b"]


def test_no_event_without_its_change(app: Flask) -> None:
    user_id = someone("usr")
    with unit_of_work(database_of(app)):
        record(Tag.USER_DISABLED, actor="cli", user_id=user_id)
    assert commit(app, lambda: audit_events.latest(limit=5, user_id=user_id)) == []


def test_AD7_what_people_do_is_recorded_without_any_secret(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("authserver.outbox.courier.wake", lambda database, settings: None)
    ada, at, new = person(app), Browser(app), "another harbour, at dusk"
    with caplog.at_level(logging.DEBUG):
        at.sign_in(ada, "a wrong password")
        at.sign_in(ada)
        secrets = {at.cookie("sid"), at.cookie("browser"), PASSWORD, new, "a wrong password", ada.password_hash}
        at.send("/login", of="/login?reauth=1", username=ada.username, password=PASSWORD)
        secrets.add(at.cookie("sid"))
        at.send("/account/profile", name="Ada L.", username=ada.username)
        at.send("/account/security", current_password=PASSWORD, new_password=new)
        Browser(app).send("/forgot", email=ada.email)
        link = link_in(mails(app, ada.email)[-1].body)
        secrets.add(link.rpartition("/")[2])
        Browser(app).send(link, password="a third harbour")
        at.sign_in(ada, "a third harbour")
        at.send("/logout")
    events = commit(app, lambda: audit_events.latest(limit=50, user_id=ada.id))
    assert {event.tag for event in events} == {
        "user.sign_in_failed", "user.signed_in", "user.reauthenticated", "user.profile_changed",
        "user.password_changed", "user.password_reset", "user.signed_out",
    }  # fmt: skip
    for secret in secrets:
        assert secret is not None
        assert secret not in str(events)
        assert secret not in caplog.text  # IJ6


def test_tags_are_unique_dotted_names() -> None:
    assert all(tag.value.count(".") == 1 and tag.value == tag.value.lower() for tag in Tag)
    assert len({tag.value for tag in Tag}) == len(Tag.__members__)
