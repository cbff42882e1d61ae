"""What a request to a protected API costs: metered, from the cache, and without a credential."""

import time

import pytest
from flask.testing import FlaskClient

from tests.resource_server.asking import ask, problem
from tests.resource_server.conftest import Make
from tests.resource_server.fake_server import GOOD, FakeServer, claims, rate_limit


def test_metered_asks_every_time_whatever_the_answer_allows(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(cache_ttl=30)
    for _ in range(3):
        ask(api, "/realms")
    assert [form["cost"] for form in fake.forms] == ["1", "1", "1"]
    del fake.tokens[GOOD]
    assert ask(api, "/realms").status_code == 401  # the first request after a revocation


def test_one_request_asks_once_and_spends_what_its_view_costs(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims()
    assert ask(api, "/dear").text == "dear"  # demands twice
    assert ask(api, "/free").text == "free"
    assert [form["cost"] for form in fake.forms] == ["10", "0"]


def test_unmetered_uses_an_answer_again_for_its_cache_ttl(api_with: Make, fake: FakeServer) -> None:
    api = api_with(metered=False)
    fake.tokens[GOOD] = claims(cache_ttl=30)
    for _ in range(3):
        assert ask(api, "/realms").status_code == 200
    assert fake.forms == [{"token": GOOD, "ip": "127.0.0.1"}]
    ask(api, "/dear")
    assert len(fake.asked) == 2  # what spends is not taken from the cache


def test_unmetered_with_cache_ttl_0_asks_every_time(api_with: Make, fake: FakeServer) -> None:
    api = api_with(metered=False)
    fake.tokens[GOOD] = claims(cache_ttl=0)
    ask(api, "/realms")
    ask(api, "/realms")
    assert len(fake.asked) == 2


def test_an_answer_is_kept_for_one_address_only(api_with: Make, fake: FakeServer) -> None:
    api = api_with(metered=False)
    fake.tokens[GOOD] = claims(cache_ttl=30)
    ask(api, "/realms", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    ask(api, "/realms", environ_base={"REMOTE_ADDR": "192.0.2.2"})
    assert [form["ip"] for form in fake.forms] == ["192.0.2.1", "192.0.2.2"]


def test_a_refusal_is_not_kept(api_with: Make, fake: FakeServer) -> None:
    api = api_with(metered=False)
    assert ask(api, "/realms").status_code == 401
    fake.tokens[GOOD] = claims(cache_ttl=30, rate_limit=rate_limit(remaining=0, exceeded=True))
    assert ask(api, "/realms").status_code == 429
    fake.tokens[GOOD] = claims(cache_ttl=30)
    assert ask(api, "/realms").status_code == 200


# -- without a credential ----------------------------------------------------------------------------------------------


LIMITS = {
    "RateLimit-Policy": '"anonymous";q=100;w=3600',
    "X-RateLimit-Limit": "100",
    "X-RateLimit-Remaining": "99",
    "X-Auth-Request-Tier": "anonymous",
}


def test_decision_27_a_call_without_a_credential_is_counted_by_its_address(api: FlaskClient, fake: FakeServer) -> None:
    fake.instead = (200, {**LIMITS, "X-RateLimit-Reset": str(int(time.time()) + 1800)}, b"")
    answer = ask(api, "/open", None, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.text == "anonymous"
    (asked,) = fake.asked
    assert (asked.method, asked.path) == ("GET", "/gateway/auth?anonymous=allow")
    assert asked.headers["x-forwarded-for"] == "192.0.2.7"
    assert "authorization" not in asked.headers
    assert answer.headers["RateLimit-Policy"] == '"anonymous";q=100;w=3600'
    assert answer.headers["X-RateLimit-Remaining"] == "99"


def test_the_anonymous_quota_ends_in_429(api: FlaskClient, fake: FakeServer) -> None:
    stated = {**LIMITS, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1800)}
    fake.instead = (429, {**stated, "Retry-After": "1800"}, b"{}")
    answer = ask(api, "/open", None)
    assert answer.status_code == 429
    assert 1797 <= int(answer.headers["Retry-After"]) <= 1800
    assert problem(answer)["violated-policies"] == ["anonymous"]


@pytest.mark.parametrize(("said", "told"), [(401, 401), (403, 401), (500, 503), (503, 503), (404, 503)])
def test_where_nobody_counts_nobody_is_let_in(api: FlaskClient, fake: FakeServer, said: int, told: int) -> None:
    fake.instead = (said, {}, b"")
    assert ask(api, "/open", None).status_code == told


def test_a_credential_is_checked_also_where_none_is_needed(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims()
    assert ask(api, "/open").text == "usr_ada"
    assert ask(api, "/open", "unknown").status_code == 401
    fake.tokens[GOOD] = claims(scope="")
    assert ask(api, "/open").status_code == 403


def test_without_an_address_nothing_can_be_counted(api: FlaskClient, fake: FakeServer) -> None:
    assert ask(api, "/open", None, environ_base={"REMOTE_ADDR": ""}).status_code == 401
    assert fake.asked == []
