"""Every event of the audit has its sentence on the activity page, or is knowingly left out of it."""

import re

import pytest
from flask import Flask
from markupsafe import Markup

from authserver.audit.tags import Tag
from authserver.models.audit_events import AuditEvent
from authserver.pages.account.disputes import OUTCOMES
from authserver.pages.account.sentences import BY_OPERATOR, HIDDEN, KINDS, MANY, ONE, SENTENCES, SHOWN, Narrator
from tests.pages.people import commit

DETAILS = {"key": "key_1", "scope": "read:realms no:such", "device": ["Firefox", "Linux"], "sid": "sid_1"}


def happened(tag: Tag, *, actor: str | None = "usr_1", **details: object) -> AuditEvent:
    return AuditEvent("ev_1", 1, tag.value, actor, "usr_1", "cl_1", "203.0.113.7", details)


def told(app: Flask, event: AuditEvent) -> str:
    return Markup(commit(app, lambda: Narrator().tell(event))).striptags()


def test_each_tag_is_shown_in_one_kind_or_knowingly_hidden() -> None:
    assert len(SHOWN) == len(set(SHOWN))
    assert set(SHOWN) | HIDDEN == set(Tag), "say in sentences.py what the new event is to the person, or hide it there"
    assert not set(SHOWN) & HIDDEN


def test_each_shown_tag_has_a_sentence_and_there_is_none_for_others() -> None:
    assert {tag for tag, how in SENTENCES if not how} == set(SHOWN)
    assert {how for _tag, how in SENTENCES} == {"", BY_OPERATOR, ONE, MANY}
    assert set(OUTCOMES) <= set(SHOWN)


@pytest.mark.parametrize("tag", SHOWN)
@pytest.mark.parametrize("actor", ["usr_1", "cli", None, "cl_1"])
def test_each_is_a_whole_sentence(app: Flask, tag: Tag, actor: str | None) -> None:
    for details in (DETAILS, {**DETAILS, "count": 3}, {}):
        said = told(app, happened(tag, actor=actor, **details))
        assert re.fullmatch(r"[A-Z].+\.|cl_1 .+\.", said), said
        assert "%(" not in said
        assert "None" not in said


def test_who_did_it_makes_a_difference(app: Flask) -> None:
    assert told(app, happened(Tag.USER_PASSWORD_CHANGED)) == "The password was changed from 203.0.113.7."
    assert told(app, happened(Tag.USER_PASSWORD_CHANGED, actor="cli")) == "An administrator set a new password."
    assert told(app, happened(Tag.GRANT_REVOKED, actor="cl_1")) == "cl_1 gave its access to your account back."
    by_operator = "An administrator ended the access of cl_1 to your account."
    assert told(app, happened(Tag.GRANT_REVOKED, actor="usr_9")) == by_operator


def test_one_scope_or_all_and_one_session_or_many(app: Flask) -> None:
    one = happened(Tag.CONSENT_WITHDRAWN, scope="delete:realms", grants=1)
    assert told(app, one) == "cl_1 may do this no longer: Delete realms."
    assert told(app, happened(Tag.CONSENT_WITHDRAWN, grants=1)) == "cl_1 lost its access to your account."
    others = "All other browsers were signed out from 203.0.113.7."
    assert told(app, happened(Tag.SESSION_ENDED, count=2)) == others
    assert told(app, happened(Tag.SESSION_ENDED, sid="sid_1")) == "A browser was signed out from 203.0.113.7."


def test_a_device_is_named(app: Flask) -> None:
    event = happened(Tag.USER_SIGNED_IN, device=["Firefox", "Linux"])
    assert told(app, event) == "Signed in from 203.0.113.7 (Firefox on Linux)."
    assert told(app, happened(Tag.USER_SIGNED_IN)) == "Signed in from 203.0.113.7 (Unknown browser)."


def test_XS1_what_is_named_is_only_text(app: Flask) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    details = {"key": hostile, "scope": hostile, "device": [hostile, hostile]}
    for tag in SHOWN:
        event = AuditEvent("ev_1", 1, tag.value, None, "usr_1", hostile, hostile, details)
        said = str(commit(app, lambda event=event: Narrator().tell(event)))
        assert "<img" not in said


def test_what_is_named_stands_by_itself_whatever_its_direction(app: Flask) -> None:
    said = str(commit(app, lambda: Narrator().tell(happened(Tag.CONSENT_GRANTED, scope="openid"))))
    assert "<bdi>cl_1</bdi>" in said
    said = str(commit(app, lambda: Narrator().tell(happened(Tag.USER_SIGNED_OUT))))
    assert '<bdi class="mono" dir="ltr">203.0.113.7</bdi>' in said


def test_the_kinds_are_those_of_the_page() -> None:
    assert list(KINDS) == ["sign-ins", "apps", "keys", "changes"]
