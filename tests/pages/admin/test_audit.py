"""`/admin/audit`: what was changed, by whom; filters (AD6), the file, and nothing secret in either (AD7)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.audit.tags import Tag
from authserver.browser import listing
from authserver.models import audit_events
from authserver.pages.admin import audit
from tests.cli.conftest import Cli
from tests.factories import make_api_key, make_client, make_user, unique
from tests.pages.admin.administrators import Administrator
from tests.pages.people import commit

if TYPE_CHECKING:
    from authserver.composition import House

PAGE, FILE = "/admin/audit", "/admin/audit/export"
DAY = 86400


def write(app: Flask, number: int = 1, **columns: Any) -> list[str]:
    """Events that nothing has caused; their marks."""
    marks = [unique("mark") for _ in range(number)]

    def record() -> None:
        for mark in marks:
            values = {"actor": None, "user_id": None, "client_id": None, "address": None, **columns}
            audit_events.record(values.pop("tag", "tests.event"), details={"mark": mark}, **values)

    commit(app, record)
    return marks


def lines(at: Administrator, **query: str) -> list[dict[str, Any]]:
    answer = at.get(FILE, query_string=query)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def marks_in(at: Administrator, **query: str) -> list[str]:
    """The marks of the events in the file, which are those of the page."""
    found = [event["details"]["mark"] for event in lines(at, **query) if "mark" in event["details"]]
    page = at.get(PAGE, query_string=query).text
    assert all(mark in page for mark in found[: listing.ON_A_PAGE])
    return found


def test_every_filter_finds_its_events_here_and_on_the_command_line(
    administrator: Administrator, app: Flask, house: "House", cli: Cli
) -> None:
    user, _ = make_user(house)
    client, _ = make_client(house)
    about_user = write(app, user_id=user.id, tag="user.disabled", actor="cli")
    about_client = write(app, client_id=client.client_id, tag="client.changed", actor=user.id)
    asked = [
        ({"user": user.username}, about_user),
        ({"user": user.email.upper()}, about_user),
        ({"user": user.id, "tag": "user.disabled"}, about_user),
        ({"user": user.id, "tag": "user."}, about_user),
        ({"user": user.id, "tag": "client."}, []),
        ({"user": user.id, "actor": "cli"}, about_user),
        ({"actor": user.username}, about_client),
        ({"actor": user.id, "client": client.client_id}, about_client),
        ({"client": client.client_id}, about_client),
        ({"client": client.client_id, "since": "2000-01-01", "until": "2000-01-02"}, []),
        ({"client": f" {client.client_id} ", "tag": "", "actor": ""}, about_client),
    ]
    for query, expected in asked:
        assert marks_in(administrator, **query) == expected, query
        words = administrator.command(f"{PAGE}?{'&'.join(f'{name}={value}' for name, value in query.items())}")
        told = [json.loads(line) for line in cli(*words).out.splitlines()]
        assert told == lines(administrator, **query)


def test_days_are_whole_ones_by_UTC(alone: Administrator, own_cli: Cli, frozen: time_machine.Traveller) -> None:
    day = datetime(2031, 5, 6, tzinfo=UTC).timestamp()
    marks = []
    for moment in (day - 1, day, day + DAY - 1, day + DAY):
        frozen.move_to(moment)
        marks += write(alone.app)
    frozen.move_to(day - 60)
    at = Administrator(alone.app)  # signed in when the session is looked at
    assert marks_in(at, since="2031-05-06", until="2031-05-06") == marks[1:3]
    assert marks_in(at, since="2031-05-06") == marks[1:]
    assert marks_in(at, until="2031-05-05") == marks[:1]
    exported = own_cli("audit", "export", "--since", "2031-05-06", "--until", "2031-05-06", "-o", "json").json
    assert [event["details"]["mark"] for event in exported] == marks[1:3]


@pytest.mark.parametrize(
    "query",
    [
        "tag=nonsense", "tag=user", "tag=%27+OR+1%3D1--", "user=nobody-at-all", "user=%25", "since=yesterday",
        "since=2031-02-30", "until=2031-1", "since=99999-01-01", "actor=" + "x" * 300, "client=a%0Ab", "actor=%00",
        "sort=at", "after=1.x%27--", "after=1.ev_1&before=1.ev_2", "tag=user.disabled&tag=user.enabled", "limit=5",
        "details=secret", "client=%ff",
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", [PAGE, FILE])
def test_AD6_what_cannot_be_asked_is_400(administrator: Administrator, address: str, query: str) -> None:
    assert administrator.get(f"{address}?{query}").status_code == 400


def test_an_unclear_question_keeps_what_was_typed(administrator: Administrator) -> None:
    page = administrator.get(f"{PAGE}?user=nobody-at-all&tag=user.disabled&since=soon").text
    assert 'value="nobody-at-all"' in page
    assert '<option selected value="user.disabled">' in page
    assert "Write the day" in page or "There is no account of this name." in page


@pytest.mark.parametrize("text", ["' OR '1'='1", "%", "_", "\\", "*", '{"$gt": ""}', "cli' UNION SELECT password_hash"])
def test_AD6_a_filter_is_a_text_and_nothing_else(administrator: Administrator, app: Flask, text: str) -> None:
    write(app)
    assert lines(administrator, actor=text) == []
    assert lines(administrator, client=text) == []
    assert "Nothing of this kind was written." in administrator.get(PAGE, query_string={"actor": text}).text


def test_the_list_is_walked_and_keeps_its_question(
    administrator: Administrator, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every event once, although all are of one second, and although others are written in the meantime."""
    monkeypatch.setattr(listing, "ON_A_PAGE", 2)
    actor = unique("program")
    marks = write(app, 5, actor=actor)
    seen: list[str] = []
    address = f"{PAGE}?actor={actor}"
    while address:
        page = administrator.get(address).text
        seen += [mark for mark in marks if mark in page]
        address = _link(page, "next")
        write(app, 1, actor=unique("other"))
    assert sorted(seen) == sorted(marks)
    newer = _link(page, "prev")
    assert f"actor={actor}" in newer
    assert sum(mark in administrator.get(newer).text for mark in marks) == 2


def _link(page: str, rel: str) -> str:
    head = page.partition(f'" rel="{rel}"')[0]
    return head.rpartition('href="')[2].replace("&amp;", "&") if head != page else ""


def test_the_file_is_bounded_and_the_page_says_so(
    administrator: Administrator, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST", 4)
    monkeypatch.setattr("authserver.audit.trail.PART", 3)
    actor = unique("program")
    marks = write(app, 4, actor=actor)
    assert sorted(marks_in(administrator, actor=actor)) == sorted(marks)
    assert "The file ends after" not in administrator.get(PAGE, query_string={"actor": actor}).text
    write(app, 1, actor=actor)
    assert len(lines(administrator, actor=actor)) == 4
    assert "The file ends after 4 events" in administrator.get(PAGE, query_string={"actor": actor}).text


def test_the_file_is_made_in_parts(administrator: Administrator, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No part of it is read before it is needed, and none is longer than a part."""
    read: list[int] = []

    def parts(*arguments: Any, **options: Any) -> Iterator[list[Any]]:
        for part in original(*arguments, **options):
            read.append(len(part))
            yield part

    original = audit.trail.parts
    monkeypatch.setattr(audit.trail, "parts", parts)
    monkeypatch.setattr(audit.trail, "PART", 2)
    actor = unique("program")
    write(app, 5, actor=actor)
    answer = administrator.get(FILE, query_string={"actor": actor})
    assert read == [2, 2, 1]
    assert answer.mimetype == "application/jsonl"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-2')
    assert answer.headers["Cache-Control"] == "no-store"


def test_AD7_no_secret_is_in_the_page_or_the_file(administrator: Administrator, app: Flask, house: "House") -> None:
    user, password = make_user(house)
    _, key = make_api_key(house, user)
    _, secret = make_client(house, owner=user)
    administrator.done(f"/admin/users/{user.id}/send-reset")
    cookie = administrator.cookie("sid") or ""
    assert cookie
    page, file = administrator.get(PAGE).text, administrator.get(FILE).text
    for word in (password, key, secret, cookie, key[-32:]):
        assert word not in file
        assert word not in page
    assert key[-4:] not in file


def test_hostile_details_stay_text(administrator: Administrator, app: Flask) -> None:
    actor = unique("program")
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    commit(
        app,
        lambda: audit_events.record(
            "tests.event", actor=actor, user_id=None, client_id=hostile[:90], address=None, details={hostile: hostile}
        ),
    )
    page = administrator.get(PAGE, query_string={"actor": actor}).text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<img" not in page


def test_every_tag_can_be_chosen(administrator: Administrator) -> None:
    page = administrator.get(PAGE).text
    assert all(f'value="{tag.value}"' in page for tag in Tag)


def test_an_empty_audit_says_so(alone: Administrator) -> None:
    assert "Nothing of this kind was written." in alone.get(f"{PAGE}?tag=tier.changed").text
