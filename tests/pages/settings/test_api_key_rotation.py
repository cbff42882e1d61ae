"""Rotating a key with an overlap, ending it, revoking, and what is told of it (AK3, AK6)."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver import clock
from authserver.models import api_keys as stored
from authserver.models import clients
from authserver.models.api_keys import ApiKey, Use
from authserver.oauth import api_keys
from tests.factories import make_api_key, make_resource_server
from tests.pages.people import commit
from tests.pages.settings.developers import (
    KEY,
    KEYS,
    Developer,
    MakeDeveloper,
    key_of,
    keys_of,
)
from tests.pages.settings.keys import is_good, mail_count, page_of, stored_key, text_of

if TYPE_CHECKING:
    from authserver.composition import House

HOUR, DAY = 3600, 86400


# -- rotate ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("choice", "seconds"), [("now", 0), ("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)])
def test_AK6_rotate_with_every_overlap(
    developer: MakeDeveloper, app: Flask, house: "House", frozen: time_machine.Traveller, choice: str, seconds: int
) -> None:
    at = developer()
    row, _ = make_api_key(house, at.user, note="n", ip_allow=("0.0.0.0/0",))
    assert choice in at.form(page_of(row), page_of(row, "/rotate")).choices["overlap"]
    answer = at.fill(page_of(row, "/rotate"), on=page_of(row), overlap=choice)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    new = key_of(answer)
    successor = next(key for key in keys_of(house, at) if key.replaces == row.id)
    assert (successor.name, successor.scope, successor.note, successor.ip_allow) == (
        row.name,
        row.scope,
        "n",
        row.ip_allow,
    )
    assert stored_key(app, row).expires_at == row.created_at + seconds
    assert new not in at.get(page_of(successor)).text
    assert ("works beside it until" in answer.text) == (seconds > 0)
    if seconds:
        frozen.shift(seconds - 1)
        assert stored_key(app, row).expires_at == row.created_at + seconds


def test_AK6_sent_again_it_makes_no_second_successor(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    values = {**at.form(page_of(row), page_of(row, "/rotate")).values, "overlap": "1h"}
    assert key_of(at.post(page_of(row, "/rotate"), values))
    again = at.post(page_of(row, "/rotate"), values)
    assert "This key was already shown" in again.text
    assert not KEY.search(again.text)
    without = at.post(page_of(row, "/rotate"), {**values, "nonce": ""})
    assert (without.status_code, "rotated before" in without.text) == (409, True)
    assert len(keys_of(house, at)) == 2


def test_an_overlap_that_is_not_offered_is_refused(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    assert at.fill(page_of(row, "/rotate"), on=page_of(row), overlap="30d").status_code == 400
    assert len(keys_of(house, at)) == 1


def rotated(at: Developer, app: Flask, house: "House", overlap: int = DAY) -> tuple[ApiKey, ApiKey]:
    row, _ = make_api_key(house, at.user)
    made = commit(app, lambda: api_keys.rotate(row, overlap=overlap, actor=at.user.id))
    return stored_key(app, row), made.row


def test_both_pages_show_whether_the_old_key_is_still_in_use(
    developer: MakeDeveloper, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    api = make_resource_server(house)[0]
    old, new = rotated(at, app, house)
    commit(app, lambda: stored.used([Use(old.id, old.created_at, None, api.client_id)]))
    for row in (old, new):
        assert "The old key was not used since its successor was made." in at.get(page_of(row)).text
    frozen.shift(600)
    commit(app, lambda: stored.used([Use(old.id, old.created_at + 480, "192.0.2.7", api.client_id)]))
    for row in (old, new):
        shown = text_of(at.get(page_of(row)).text)
        assert "The old key is still in use." in shown
        assert "2 minutes ago" in shown
        assert "from 192.0.2.7" in shown
    frozen.shift(DAY)
    for row in (old, new):
        assert "End the overlap now" not in at.get(page_of(row)).text


def test_ending_the_overlap_ends_the_old_key_alone(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    row, old = make_api_key(house, at.user)
    new = key_of(at.fill(page_of(row, "/rotate"), on=page_of(row), overlap="7d"))
    successor = next(key for key in keys_of(house, at) if key.replaces == row.id)
    assert is_good(app, house, old)
    mails = mail_count(house)
    answer = at.fill(page_of(row, "/end-overlap"), on=page_of(successor))
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(successor))
    assert not is_good(app, house, old)
    assert is_good(app, house, new)
    assert stored_key(app, row).revoked_because == "rotated"
    assert "Its successor is" in text_of(at.get(page_of(row)).text)
    assert mail_count(house) == mails


def test_a_key_without_a_successor_has_no_overlap_to_end(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    row, key = make_api_key(house, at.user)
    token = at.form(page_of(row), page_of(row)).values["csrf_token"]
    assert at.post(page_of(row, "/end-overlap"), {"csrf_token": token}).status_code == 404
    assert is_good(at.client.application, house, key)


def test_the_list_knows_a_key_that_is_being_replaced(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    rotated(at, app, house)
    page = text_of(at.get(KEYS).text)
    assert "Being replaced" in page
    assert "expires within 7 days" not in page


# -- revoke ------------------------------------------------------------------------------------------------------------


def test_revoking_tells_who_and_why_and_sends_the_owner_no_mail(
    developer: MakeDeveloper, app: Flask, house: "House"
) -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    mails = mail_count(house)
    assert at.fill(page_of(row, "/revoke"), on=page_of(row), reason="exposed").status_code == 303
    assert stored_key(app, row).revoked_because == "exposed"
    words = f"by {at.user.username} somebody else may have seen it"
    assert words in text_of(at.get(f"{KEYS}?tab=revoked").text)
    page = at.get(page_of(row)).text
    assert f"by {at.user.username} : somebody else may have seen it." in text_of(page)
    assert '<form method="post" action="/settings' not in page
    assert mail_count(house) == mails


def test_a_reason_that_is_not_offered_is_refused(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    row, _ = make_api_key(house, at.user)
    assert at.fill(page_of(row, "/revoke"), on=page_of(row), reason="x" * 200).status_code == 400
    assert stored_key(app, row).revoked_at is None


def test_the_trail_names_people_programs_and_reporters(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    row, key = make_api_key(house, at.user)
    found = [{"token": key, "url": "https://paste.example/<x>"}]
    own = {"REMOTE_ADDR": "203.0.113.77"}  # reports are limited by address, and other tests send many
    assert app.test_client().post("/v1/leaks", json=found, environ_base=own).status_code == 200
    page = at.get(page_of(row))
    shown = text_of(page.text.partition('id="trail"')[2])
    for words in (
        "Created",
        "Revoked it was found in public",
        "Reported as public https://paste.example/<x>",
        "a leak report",
    ):
        assert words in shown
    assert "<x>" not in page.text


# -- a day of one's own choice -----------------------------------------------------------------------------------------


def test_a_key_can_end_with_a_day(developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller) -> None:
    frozen.move_to(1795500000)  # 24 November 2026
    at = developer()
    new = "/settings/api-keys/new"
    at.fill(new, name="CI", scopes=["read:realms"], expires="never", expires_on="2026-11-24")
    at.fill(new, name="CI", scopes=["read:realms"], expires_on="2028-02-29")
    ends = {key.expires_at for key in keys_of(house, at)}
    assert ends == {1795564800, 1835481600}  # the midnight that follows


@pytest.mark.parametrize(
    "day", ["2026-11-23", "1969-12-31", "0001-01-01", "2037-01-01", "9999-12-31", "2026-02-30", "soon", "2026-1"]
)
def test_a_day_that_cannot_be_is_refused_beside_its_field(
    developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller, day: str
) -> None:
    frozen.move_to(1795500000)
    at = developer()
    answer = at.fill("/settings/api-keys/new", name="CI", scopes=["read:realms"], expires_on=day)
    assert answer.status_code == 400
    assert 'id="expires_on-error"' in answer.text
    assert f'value="{day}"' in answer.text
    assert keys_of(house, at) == []


def test_names_of_applications_are_only_text(developer: MakeDeveloper, app: Flask, house: "House") -> None:
    at = developer()
    api = make_resource_server(house)[0]
    commit(app, lambda: clients.change(api.client_id, name="<script>alert(1)</script>"))
    row, _ = make_api_key(house, at.user)
    commit(app, lambda: stored.used([Use(row.id, row.created_at, None, api.client_id)]))
    page = at.get(page_of(row)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def used(app: Flask, row: ApiKey, *, ago: int) -> None:
    commit(app, lambda: stored.used([Use(row.id, clock.now() - ago, None, "api")]))


@pytest.mark.parametrize("page", [KEYS, "own"])
def test_a_live_key_that_was_used_today_is_revoked_by_its_name(
    developer: MakeDeveloper, app: Flask, house: "House", page: str
) -> None:
    at = developer()
    row, _ = make_api_key(house, at.user, name="Night  shift")
    used(app, row, ago=86300)
    on = page_of(row) if page == "own" else page
    for typed in (None, "", "night shift", "Night"):
        answer = at.fill(page_of(row, "/revoke"), on=on, confirm=typed)
        assert answer.status_code == 400
        assert "<title>Error:" in answer.text
        assert "Nothing was revoked" in answer.text.partition('id="confirm-error"')[2]
        assert stored_key(app, row).revoked_at is None
    assert at.fill(page_of(row, "/revoke"), on=on, confirm=" Night shift").status_code == 303
    assert stored_key(app, row).revoked_at is not None


@pytest.mark.parametrize(("environment", "ago"), [("live", 86401), ("test", 5)])
def test_another_key_needs_no_name(
    developer: MakeDeveloper, app: Flask, house: "House", environment: str, ago: int
) -> None:
    at = developer()
    row, _ = make_api_key(house, at.user, environment=environment)
    used(app, row, ago=ago)
    form = at.form(KEYS, page_of(row, "/revoke"))
    assert "confirm" not in form.values
    assert at.fill(page_of(row, "/revoke"), on=KEYS).status_code == 303
    assert stored_key(app, row).revoked_at is not None
