"""API keys as their pages show them."""

import html
import re
from typing import TYPE_CHECKING

from flask import Flask

from authserver.models import api_keys as stored
from authserver.models.api_keys import ApiKey
from tests import state
from tests.factories import make_resource_server
from tests.pages.people import commit
from tests.pages.settings.developers import (
    KEYS,
)

if TYPE_CHECKING:
    from authserver.composition import House

HOUR, DAY = 3600, 86400


def text_of(page: str) -> str:
    """What a person reads, without mark-up and line breaks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def page_of(row: ApiKey, action: str = "") -> str:
    return f"{KEYS}/{row.id}{action}"


def stored_key(app: Flask, row: ApiKey) -> ApiKey:
    found = commit(app, lambda: stored.find(row.id))
    assert found is not None
    return found


def is_good(app: Flask, house: "House", key: str) -> bool:
    api, secret = make_resource_server(house, environment="any")
    answer = app.test_client().post("/introspect", data={"token": key}, auth=(api.client_id, secret))
    good: bool = answer.json["active"]  # type: ignore[index]
    return good


def mail_count(house: "House") -> int:
    return state.of(house.database).counts["outbox"]
