"""`POST /v1/leaks` (AK11): whoever finds a key reports it, and it is dead; nobody else is any the wiser."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.models import audit_events, outbox
from authserver.models.api_keys import ApiKey
from authserver.models.unit_of_work import read
from authserver.models.users import User
from authserver.oauth import api_keys
from authserver.oauth.credentials.api_key import generate
from tests.addresses import somewhere
from tests.api.conftest import is_problem
from tests.factories import make_api_key, make_resource_server, make_user, within
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

PATH = "/v1/leaks"
URL = "https://code.example/somebody/repository/blob/main/deploy.sh"
RowCounts = Callable[[], State]
KeysOf = Callable[[User], list[ApiKey]]
Report = Callable[..., TestResponse]


@pytest.fixture
def report(http: FlaskClient) -> Report:
    """`report(key, other)`: in GitHub's format, from an address of its own unless one is named."""

    def send(*tokens: str, address: str = "", **more: Any) -> TestResponse:
        body = [{"token": token, "type": "realmkit_key", "url": URL, "source": "content", **more} for token in tokens]
        return http.post(PATH, json=body, environ_overrides={"REMOTE_ADDR": address or somewhere()})

    return send


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


def labels(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["label"] for one in answer.json]  # type: ignore[union-attr]


def mails(house: "House", user: User) -> list[str]:
    with within(house):
        rows = read().execute(outbox.outbox.select().where(outbox.outbox.c.recipient == user.email)).all()
    return [f"{row.subject}\n{row.body}" for row in rows]


def events(house: "House", user: User, tag: str) -> list[dict[str, Any]]:
    with within(house):
        return [event.details for event in audit_events.latest(limit=100, user_id=user.id) if event.tag == tag]


def test_AK11_valid_key_is_revoked_and_its_owner_told(
    report: Report, app: Flask, house: "House", owner: User, keys_of: KeysOf
) -> None:
    row, key = make_api_key(house, owner, name="deploy")
    answer = report(key)
    assert answer.json == [
        {"token_hash": hashlib.sha256(key.encode()).hexdigest(), "token_type": "realmkit_key", "label": "true_positive"}
    ]
    api, secret = make_resource_server(house)
    asked = app.test_client().post("/introspect", data={"token": key}, auth=(api.client_id, secret))
    assert asked.json == {"active": False}
    (kept,) = keys_of(owner)
    assert (kept.revoked_by, kept.revoked_because) == ("leak-report", "leaked")
    (mail,) = mails(house, owner)
    assert f"deploy ({row.hint})" in mail
    assert f"/settings/api-keys/{row.id}" in mail
    assert key not in mail
    assert URL not in mail  # a stranger's words


def test_AK11_replayed_revokes_and_tells_no_second_time_but_is_audited(
    report: Report, house: "House", owner: User, row_counts: RowCounts
) -> None:
    row, key = make_api_key(house, owner)
    assert labels(report(key)) == ["true_positive"]
    before = row_counts()
    assert labels(report(key, url="https://other.example/copy")) == ["true_positive"]
    assert labels(report(key, key)) == ["true_positive"] * 2
    assert row_counts() == before
    assert len(mails(house, owner)) == 1
    assert len(events(house, owner, "api_key.revoked")) == 1
    leaked = events(house, owner, "api_key.leaked")
    assert [(one["key"], one["revoked"]) for one in sorted(leaked, key=lambda one: not one["revoked"])] == [
        (row.id, True),
        *[(row.id, False)] * 3,
    ]
    assert "https://other.example/copy" in {one["url"] for one in leaked}


def test_AK11_sixteen_reports_at_once_revoke_and_tell_once(app: Flask, house: "House", owner: User) -> None:
    _, key = make_api_key(house, owner)

    def send(_: int) -> list[str]:
        answer = app.test_client().post(PATH, json=[{"token": key}], environ_overrides={"REMOTE_ADDR": somewhere()})
        return labels(answer)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, range(16))) == [["true_positive"]] * 16
    assert len(mails(house, owner)) == 1
    assert len(events(house, owner, "api_key.revoked")) == 1
    assert len(events(house, owner, "api_key.leaked")) == 16


def test_AK11_a_key_that_was_revoked_before_is_a_true_positive_and_no_news(
    report: Report, house: "House", owner: User, row_counts: RowCounts
) -> None:
    row, key = make_api_key(house, owner)
    with within(house):
        api_keys.revoke(row, actor=owner.id, because="owner")
    before = row_counts()
    assert labels(report(key)) == ["true_positive"]
    assert row_counts() == before
    assert mails(house, owner) == []


def test_AK11_forged_tokens_are_false_positives_and_change_nothing(report: Report, row_counts: RowCounts) -> None:
    forged = [generate("live"), generate("test"), "rk_live_" + "0" * 32, "x", "sk_live_1234", "\u00e9", " ", "a" * 4000]
    before = row_counts()
    answer = report(*forged)
    assert labels(answer) == ["false_positive"] * len(forged)
    assert [one["token_hash"] for one in answer.json] == [  # type: ignore[union-attr]
        hashlib.sha256(token.encode()).hexdigest() for token in forged
    ]
    assert row_counts() == before


def test_decision_47_answers_stand_in_the_order_asked(report: Report, house: "House", owner: User) -> None:
    (_, one), (_, other) = make_api_key(house, owner), make_api_key(house, owner)
    asked = [one, generate("live"), other, "x", one]
    answer = report(*asked)
    assert labels(answer) == ["true_positive", "false_positive", "true_positive", "false_positive", "true_positive"]
    assert [each["token_hash"] for each in answer.json] == [  # type: ignore[union-attr]
        hashlib.sha256(token.encode()).hexdigest() for token in asked
    ]


def test_AK11_what_finders_may_leave_out_or_add(http: FlaskClient, house: "House", owner: User) -> None:
    _, key = make_api_key(house, owner)
    answer = http.post(
        PATH, json=[{"token": key, "found_by": {"tool": "x"}}], environ_overrides={"REMOTE_ADDR": somewhere()}
    )
    assert labels(answer) == ["true_positive"]


MALFORMED: list[Any] = [
    {}, [], None, "x", 7, [7], [None], [[]], [{}], [{"type": "x"}], [{"token": None}], [{"token": 7}],
    [{"token": ""}], [{"token": "x", "type": 7}], [{"token": "x", "url": []}], [{"token": "a" * 4001}],
    {"token": "x"}, [{"token": "x"}] * 101,
]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body)[:30])
def test_AK11_malformed_is_400_and_changes_nothing(http: FlaskClient, row_counts: RowCounts, body: Any) -> None:
    before = row_counts()
    send = {"data": json.dumps(body), "content_type": "application/json"}
    is_problem(http.post(PATH, environ_overrides={"REMOTE_ADDR": somewhere()}, **send), 400)
    assert row_counts() == before


def test_AK11_one_malformed_entry_spoils_the_report(
    http: FlaskClient, house: "House", owner: User, keys_of: KeysOf
) -> None:
    _, key = make_api_key(house, owner)
    body = [{"token": key}, {"token": 7}]
    problem = is_problem(http.post(PATH, json=body, environ_overrides={"REMOTE_ADDR": somewhere()}), 400)
    assert problem["errors"] == [{"pointer": "#/1/token", "detail": "must be of the type string"}]
    assert keys_of(owner)[0].revoked_at is None


def test_AD7_a_key_in_the_address_of_the_find_is_not_kept(report: Report, house: "House", owner: User) -> None:
    _, key = make_api_key(house, owner)
    report(key, url=f"https://paste.example/?q={key}", source=key.replace("_", "%5F"))
    (leaked,) = events(house, owner, "api_key.leaked")
    assert key[8:] not in str(leaked)
    assert leaked["url"].startswith("https://paste.example/?q=rk_live_")


def test_reports_of_an_address_are_limited_apart_from_its_requests(
    report: Report, http: FlaskClient, house: "House", owner: User
) -> None:
    address, _ = somewhere(), None
    for _ in range(100):
        answer = report("x", address=address)
        assert answer.status_code == 200
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    _, key = make_api_key(house, owner)
    refused = report(key, address=address)
    is_problem(refused, 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert labels(report(key)) == ["true_positive"]  # another address is heard
    asked = http.get("/gateway/auth?anonymous=allow", environ_overrides={"REMOTE_ADDR": address})
    assert asked.headers["X-RateLimit-Remaining"] == "99"


def test_RL4_an_ipv6_network_is_one_address(report: Report) -> None:
    first = report("x", address="2001:db8:77:5::1")
    second = report("x", address="2001:db8:77:5:ffff::2")
    assert int(second.headers["X-RateLimit-Remaining"]) == int(first.headers["X-RateLimit-Remaining"]) - 1
