"""`/settings/usage`: the account's window, and what its keys did."""

import re
from typing import TYPE_CHECKING

import time_machine
from flask import Flask

from authserver.models import key_usage, users
from authserver.models.key_usage import KeyUsage
from authserver.oauth import api_keys
from tests.factories import make_api_key, make_resource_server
from tests.pages.people import commit
from tests.pages.settings.developers import MakeDeveloper
from tests.pages.settings.keys import text_of

if TYPE_CHECKING:
    from authserver.composition import House

USAGE = "/settings/usage"
NOW = 1795510800


def test_without_keys_it_leads_to_the_first(developer: MakeDeveloper) -> None:
    page = developer().get(USAGE)
    assert page.status_code == 200
    assert "No API keys yet" in page.text
    assert "The window begins with the next request." in page.text


def test_the_window_of_the_account(
    developer: MakeDeveloper, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    api, secret = make_resource_server(house)
    for cost in (300, 18):
        _, key = make_api_key(house, at.user)  # all keys of an account share it (decision 28)
        app.test_client().post("/introspect", data={"token": key, "cost": cost}, auth=(api.client_id, secret))
        frozen.shift(600)
    shown = text_of(at.get(USAGE).text)
    for words in ("318 of 1000 requests", "Remaining 682", "in 40 minutes", "standard"):
        assert words in shown
    house_user = at.user.id
    commit(app, lambda: users.change(house_user, tier="premium"))
    assert "318 of 5000 requests" in text_of(at.get(USAGE).text)


def test_a_limit_that_is_reached_says_when_it_ends(
    developer: MakeDeveloper, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    at = developer()
    api, secret = make_resource_server(house)
    row, key = make_api_key(house, at.user)
    app.test_client().post("/introspect", data={"token": key, "cost": 1000}, auth=(api.client_id, secret))
    frozen.shift(1200)
    shown = text_of(at.get(USAGE).text)
    assert "Every request is used up. The next window begins in 40 minutes" in shown
    assert "Most of them were sent with the key" not in shown  # it was one request, not yet written down
    house.server.usage.flush()
    assert f"Most of them were sent with the key {row.name}" in text_of(at.get(USAGE).text)


def test_looking_spends_nothing(developer: MakeDeveloper) -> None:
    at = developer()
    for _ in range(3):
        assert "0 of 1000 requests" in text_of(at.get(USAGE).text)


def test_every_key_stands_with_its_numbers(
    developer: MakeDeveloper, app: Flask, house: "House", frozen: time_machine.Traveller
) -> None:
    frozen.move_to(NOW)
    at, other = developer(), developer()
    busy, _ = make_api_key(house, at.user, name="busy")
    idle, _ = make_api_key(house, at.user, name="idle")
    gone, _ = make_api_key(house, at.user, name="gone")
    foreign, _ = make_api_key(house, other.user, name="foreign")
    rows = [
        KeyUsage(busy.id, NOW, 20, 5, 3),
        KeyUsage(busy.id, NOW - 3 * 86400, 100, 0),
        KeyUsage(gone.id, NOW - 3 * 86400, 7, 0),
        KeyUsage(foreign.id, NOW, 999, 9),
    ]
    commit(app, lambda: key_usage.add(rows))
    commit(app, lambda: api_keys.revoke(gone, actor=at.user.id, because="owner"))

    def numbers(page: str) -> dict[str, list[str]]:
        columns = "".join(rf'.*?{label}">(\d+)<' for label in ("Requests", "Over limit", "Not allowed"))
        found = re.findall(rf"<bdi>(\w+)</bdi>{columns}", page, re.DOTALL)
        return {name: counts for name, *counts in found}

    day, month = at.get(USAGE).text, at.get(f"{USAGE}?range=30d").text
    idle_numbers = ["0", "0", "0"]
    assert numbers(day) == {"busy": ["20", "3", "2"], "idle": idle_numbers}
    assert numbers(month) == {"busy": ["120", "3", "2"], "idle": idle_numbers, "gone": ["7", "0", "0"]}
    assert "All keys 20 requests, 3 over the limit, 2 not allowed" in text_of(day)
    assert "All keys 127 requests, 3 over the limit, 2 not allowed" in text_of(month)
    assert "gone 7 requests" in text_of(month)
    assert (day.count("<figure"), month.count("<figure")) == (2, 3)  # all, and every key that was used
    assert f'href="/settings/api-keys/{idle.id}"' in day
    assert "foreign" not in day + month
    assert at.get(f"{USAGE}?range=x").text.count("busy") == day.count("busy")
