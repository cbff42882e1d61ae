"""Long polls of a real server: news of another process within a second, a bounded number of waiters, nothing held."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from flask import Flask

from authserver.models.users import User
from authserver.oauth import api_keys
from authserver.oauth.waiting import Waiters
from tests.factories import make_api_key, make_resource_server, make_user, within
from tests.processes import RunningServer
from tests.relying_party import Remote
from tests.rfc.feed import Follower

WITHIN = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Site:
    """A running server, and its installation in this process."""

    server: RunningServer
    app: Flask
    owner: User

    def follower(self) -> Follower:
        api = make_resource_server(self.app.extensions["authserver.house"])
        return Follower(Remote(self.server.url), api, issuer=self.server.url)

    def revoke(self) -> str:
        """End a key beside the server."""
        house = self.app.extensions["authserver.house"]
        row, _ = make_api_key(house, self.owner)
        with within(house):
            api_keys.revoke(row, actor=self.owner.id, because="tests")
        return row.id


@pytest.fixture(params=[1, 2])
def workers(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture
def site(workers: int, running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]) -> Site:
    server = running_server(workers=workers)
    beside = app_with(database_url=server.environ["AUTHSERVER_DATABASE_URL"], issuer=server.url)
    return Site(server, beside, make_user(beside.extensions["authserver.house"])[0])


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(Waiters.MOST + 8) as pool:
        yield pool


def waiting(pool: ThreadPoolExecutor, follower: Follower, seconds: int) -> Future[dict[str, set[str]]]:
    asked: Future[dict[str, set[str]]] = pool.submit(follower.news, wait=seconds)
    return asked


def test_who_waits_knows_within_a_second(site: Site, beside: ThreadPoolExecutor) -> None:
    followers = [site.follower() for _ in range(3)]
    for _ in range(3):
        answers = [waiting(beside, follower, 20) for follower in followers]
        time.sleep(0.5)
        assert not any(answer.done() for answer in answers)
        key_id = site.revoke()
        ended = time.monotonic()
        assert [answer.result(5) for answer in answers] == [{"key_id": {key_id}}] * 3
        assert time.monotonic() - ended < WITHIN


@pytest.mark.parametrize("workers", [1], indirect=True)
def test_without_news_the_answer_comes_when_the_wait_is_over(site: Site) -> None:
    follower, began = site.follower(), time.monotonic()
    assert follower.news(wait=2) == {}
    assert 2 <= time.monotonic() - began < 4


@pytest.mark.parametrize("workers", [1], indirect=True)
def test_only_so_many_wait_and_everybody_else_is_served(site: Site, beside: ThreadPoolExecutor) -> None:
    followers = [site.follower() for _ in range(Waiters.MOST)]
    answers = [waiting(beside, follower, 20) for follower in followers]
    time.sleep(1)
    assert not any(answer.done() for answer in answers)
    began = time.monotonic()
    assert site.follower().news(wait=20) == {}, "there is no room: answered at once"
    assert site.server.get("/readyz").status_code == 200
    assert time.monotonic() - began < 5
    key_id = site.revoke()
    assert [answer.result(5) for answer in answers] == [{"key_id": {key_id}}] * Waiters.MOST
    assert site.follower().news(wait=1) == {}, "and there is room again"


@pytest.mark.parametrize("workers", [1], indirect=True)
def test_a_server_that_stops_lets_nobody_wait_on(site: Site, beside: ThreadPoolExecutor) -> None:
    answer = waiting(beside, site.follower(), 30)
    time.sleep(0.5)
    began = time.monotonic()
    site.server.signal(signal.SIGTERM)
    assert site.server.wait() == 0
    assert time.monotonic() - began < 5
    assert answer.result(1) == {}


@pytest.mark.postgresql
def test_nobody_who_waits_holds_a_transaction(
    postgresql: str, running_server: Callable[..., RunningServer], app_with: Callable[..., Flask]
) -> None:
    import psycopg  # only where PostgreSQL is used

    server = running_server(database=postgresql)
    site = Site(server, app_with(database_url=postgresql, issuer=server.url), User(*[None] * 13))  # type: ignore[arg-type]
    threads = [threading.Thread(target=site.follower().news, kwargs={"wait": 3}) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        assert connection.execute(held).fetchone() == (0,)
    for thread in threads:
        thread.join(10)
