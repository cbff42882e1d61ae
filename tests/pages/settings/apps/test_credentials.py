"""The secrets of an application, over HTTP: CA10 of the security list."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver.models import client_secrets
from authserver.models.unit_of_work import unit_of_work
from tests import state
from tests.factories import make_client
from tests.forms import forms
from tests.pages.settings.developers import (
    NEW_APP,
    MakeDeveloper,
    page_of,
    secret_of,
    works,
)
from tests.pages.settings.keys import text_of

if TYPE_CHECKING:
    from authserver.composition import House
    from authserver.models.clients import Client


def secrets_of(client: "Client") -> str:
    return page_of(client, "/credentials")


@pytest.mark.parametrize(("overlap", "seconds"), [("1h", 3600), ("24h", 86400), ("7d", 604800)])
def test_CA10_both_secrets_work_during_the_overlap(
    app: Flask, developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller, overlap: str, seconds: int
) -> None:
    at = developer()
    client, old = make_client(house, owner=at.user)
    answer = at.fill(secrets_of(client), overlap=overlap)
    new = secret_of(answer.text)
    assert "The older secret works until" in answer.text
    assert (works(app, client, old), works(app, client, new)) == (True, True)
    assert new not in at.get(secrets_of(client)).text
    frozen.shift(seconds)
    assert (works(app, client, old), works(app, client, new)) == (False, True)


def test_CA10_now_ends_the_old_secret_at_once(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, old = make_client(house, owner=at.user)
    answer = at.fill(secrets_of(client), overlap="now")
    assert "The older secret works until" not in answer.text
    assert (works(app, client, old), works(app, client, secret_of(answer.text))) == (False, True)


def test_a_new_secret_is_made_once_however_often_the_form_is_sent(
    app: Flask, developer: MakeDeveloper, house: "House"
) -> None:
    at = developer()
    client, old = make_client(house, owner=at.user)
    values = {**at.form(secrets_of(client), secrets_of(client)).values, "overlap": "24h"}
    secret = secret_of(at.post(secrets_of(client), values).text)
    again = at.post(secrets_of(client), values)
    assert (again.status_code, again.headers["Location"]) == (303, secrets_of(client))
    assert (works(app, client, old), works(app, client, secret)) == (True, True)


@pytest.mark.parametrize("overlap", ["8d", "-1", ""])
def test_an_overlap_that_is_not_offered_is_refused(developer: MakeDeveloper, house: "House", overlap: str) -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user)
    before = state.of(house.database)
    answer = at.fill(secrets_of(client), overlap=overlap)
    assert answer.status_code == 400
    assert state.of(house.database) == before


def test_a_public_application_gets_no_secret(developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, _ = make_client(house, owner=at.user, type="spa")
    token = at.form(NEW_APP, NEW_APP).values["csrf_token"]
    before = state.of(house.database)
    assert at.post(secrets_of(client), {"csrf_token": token}).status_code == 400
    assert state.of(house.database) == before


def test_the_page_tells_of_each_secret_when_it_was_made_used_and_ends(
    app: Flask, developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller
) -> None:
    frozen.move_to(1795500000)
    at = developer()
    client, old = make_client(house, owner=at.user)
    assert "Last used never Expires never" in text_of(at.get(secrets_of(client)).text)
    at.fill(secrets_of(client), overlap="24h")
    page = text_of(at.get(secrets_of(client)).text)
    assert f"The old secret cs_...{old[-4:]} was not used since the new one was made" in page
    frozen.shift(60)
    works(app, client, old)
    house.server.usage.flush()
    frozen.shift(120)
    page = text_of(at.get(secrets_of(client)).text)
    assert f"The old secret is still in use. cs_...{old[-4:]} was last used 2 minutes ago from 100." in page
    assert "Expires 25 Nov 2026" in page
    assert "It was last used: 2 minutes ago" in page  # before it is ended


def test_a_third_secret_ends_the_oldest_at_once(
    app: Flask, developer: MakeDeveloper, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    client, first = make_client(house, owner=at.user)
    frozen.shift(1)
    second = secret_of(at.fill(secrets_of(client), overlap="7d").text)
    assert "There is room for two" in at.get(secrets_of(client)).text
    frozen.shift(1)
    third = secret_of(at.fill(secrets_of(client), overlap="24h").text)
    assert [works(app, client, secret) for secret in (first, second, third)] == [False, True, True]


def test_the_last_secret_can_be_ended_and_another_made(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, secret = make_client(house, owner=at.user)
    (end,) = [form.action for form in forms(at.get(secrets_of(client)).text) if form.action.endswith("/end")]
    assert "There is no other" in at.get(secrets_of(client)).text
    assert at.fill(end, on=secrets_of(client)).status_code == 303
    assert not works(app, client, secret)
    assert "cannot authenticate at the moment" in at.get(secrets_of(client)).text
    assert works(app, client, secret_of(at.fill(secrets_of(client)).text))


def test_a_secret_can_be_revoked_alone(app: Flask, developer: MakeDeveloper, house: "House") -> None:
    at = developer()
    client, old = make_client(house, owner=at.user)
    new = secret_of(at.fill(secrets_of(client), overlap="7d").text)
    with unit_of_work(house.database):
        (ending,) = [one for one in client_secrets.alive(client.client_id) if one.expires_at is not None]
    action = f"{secrets_of(client)}/{ending.id}/end"
    assert at.fill(action, on=secrets_of(client)).status_code == 303
    assert (works(app, client, old), works(app, client, new)) == (False, True)
    token = at.form(NEW_APP, NEW_APP).values["csrf_token"]
    assert at.post(action, {"csrf_token": token}).status_code == 404
