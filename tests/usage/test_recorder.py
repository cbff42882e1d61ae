"""Use of keys: noted without a write, in the database within a second, and never in the way of a request (AK10)."""

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask.testing import FlaskClient

from authserver.models import api_keys, batches, key_usage
from authserver.models.api_keys import ApiKey
from authserver.models.key_usage import KeyUsage
from authserver.usage import notes
from authserver.usage.recorder import Recorder
from tests.factories import make_api_key, make_resource_server, make_user, within
from tests.relying_party import Credentials

if TYPE_CHECKING:
    from authserver.composition import House

HOUR = 3600


@pytest.fixture
def owned(house: "House") -> tuple[ApiKey, str]:
    return make_api_key(house, make_user(house)[0])


@pytest.fixture
def own(house: "House", monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A recorder without a thread: it is flushed by hand."""
    monkeypatch.setattr(Recorder, "_start", lambda self: None)
    return Recorder(house.database)


def ask(http: FlaskClient, as_: Credentials, key: str, **more: Any) -> Any:
    answer = http.post("/introspect", data={"token": key, **more}, auth=(as_[0].client_id, as_[1]))
    assert answer.status_code == 200
    return answer.json


def kept(house: "House", key_id: str) -> tuple[ApiKey, list[KeyUsage]]:
    with within(house):
        found = api_keys.find(key_id)
        assert found is not None
        return found, key_usage.of([key_id], since=0)


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


# -- what is noted -----------------------------------------------------------------------------------------------------


def test_introspection_notes_when_from_where_and_by_whom(
    house: "House", http: FlaskClient, owned: tuple[ApiKey, str], frozen: time_machine.Traveller
) -> None:
    api, (row, key) = make_resource_server(house), owned
    ask(http, api, key)
    ask(http, api, key, ip="2001:db8::7")
    house.server.usage.flush()
    found, hours = kept(house, row.id)
    assert (found.last_used_from, found.last_used_by) == ("2001:db8::7", api[0].client_id)
    assert found.last_used_at == int(time.time())
    assert hours == [KeyUsage(row.id, int(time.time()) // HOUR * HOUR, 2, 0)]


def test_what_a_limit_refuses_is_counted_apart(house: "House", http: FlaskClient, owned: tuple[ApiKey, str]) -> None:
    api, (row, key) = make_resource_server(house, meter=True), owned
    assert ask(http, api, key, cost=1000)["rate_limit"]["exceeded"] is False
    for _ in range(3):
        assert ask(http, api, key)["rate_limit"]["exceeded"] is True
    house.server.usage.flush()
    assert sum(hour.requests for hour in kept(house, row.id)[1]) == 4
    assert sum(hour.refused for hour in kept(house, row.id)[1]) == 3
    assert sum(hour.limited for hour in kept(house, row.id)[1]) == 3


def test_what_a_key_may_not_is_refused_but_not_limited(
    house: "House", http: FlaskClient, owned: tuple[ApiKey, str]
) -> None:
    row, key = owned
    headers = {"Authorization": f"Bearer {key}"}
    assert http.get("/gateway/auth?scope=delete:realms", headers=headers).status_code == 403
    house.server.usage.flush()
    (hour,) = kept(house, row.id)[1]
    assert (hour.requests, hour.refused, hour.limited) == (1, 1, 0)


def test_a_key_that_is_not_good_is_not_used(house: "House", http: FlaskClient) -> None:
    row, key = make_api_key(house, make_user(house)[0], environment="test")
    live = make_resource_server(house)
    assert ask(http, live, key) == {"active": False}
    assert http.post("/introspect", data={"token": key}, auth=(live[0].client_id, "wrong")).status_code == 401
    house.server.usage.flush()
    found, hours = kept(house, row.id)
    assert (found.last_used_at, hours) == (None, [])


def test_hours_stand_apart_and_add_up(
    own: Recorder, house: "House", owned: tuple[ApiKey, str], frozen: time_machine.Traveller
) -> None:
    frozen.move_to(1795500000)
    key_id = owned[0].id
    for shift in (0, 1, HOUR, 0):
        frozen.shift(shift)
        own.note(key_id, address=None, client_id="api", refused=shift == 1)
        own.flush()
    assert [(hour.hour, hour.requests, hour.refused) for hour in kept(house, key_id)[1]] == [
        (1795500000, 2, 1),
        (1795503600, 2, 0),
    ]


def test_an_older_use_does_not_replace_a_later_one(
    house: "House", own: Recorder, owned: tuple[ApiKey, str], frozen: time_machine.Traveller
) -> None:
    """Another process may flush first."""
    other = Recorder(house.database)
    own.note(owned[0].id, address="192.0.2.1", client_id="first")
    frozen.shift(5)
    other.note(owned[0].id, address="192.0.2.2", client_id="second")
    other.flush()
    own.flush()
    found, hours = kept(house, owned[0].id)
    assert (found.last_used_from, found.last_used_by) == ("192.0.2.2", "second")
    assert sum(hour.requests for hour in hours) == 2


# -- how it gets there -------------------------------------------------------------------------------------------------


def test_a_use_is_in_the_database_within_a_second(house: "House", http: FlaskClient, owned: tuple[ApiKey, str]) -> None:
    ask(http, make_resource_server(house), owned[1])
    assert until(lambda: kept(house, owned[0].id)[0].last_used_at is not None, seconds=5)
    assert batches.PERIOD < 1


def test_the_thread_ends_when_nothing_comes_and_another_follows(
    house: "House", owned: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PERIOD", 0.01)
    monkeypatch.setattr(batches, "IDLE_ROUNDS", 3)
    own = Recorder(house.database)
    for count in (1, 2):
        own.note(owned[0].id, address=None, client_id="api")
        assert until(lambda: own._thread is None, seconds=5)
        assert sum(hour.requests for hour in kept(house, owned[0].id)[1]) == count


def test_AK10_a_failing_flush_neither_blocks_nor_fails_a_request_and_loses_nothing(
    house: "House", http: FlaskClient, owned: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, (row, key) = make_resource_server(house), owned
    reached = threading.Event()

    def fails(*_: Any, **__: Any) -> None:
        reached.set()
        time.sleep(1)
        raise OSError("the disk is full")

    with monkeypatch.context() as within_outage:
        within_outage.setattr(api_keys, "used", fails)
        assert ask(http, api, key)["active"] is True
        assert reached.wait(5)
        began = time.monotonic()
        for _ in range(5):
            assert ask(http, api, key)["active"] is True
        assert time.monotonic() - began < 0.9
    assert until(lambda: sum(hour.requests for hour in kept(house, row.id)[1]) == 6, seconds=10)


def test_AK10_notes_are_bounded(own: Recorder, house: "House", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST", 3)
    for number in (0, 1, 2, 3, 4, 0):
        own.note(f"key_{number}", address=None, client_id="api")
    batch = own._notes.take()
    assert [use.key_id for use in batch.last] == ["key_0", "key_1", "key_2"]
    assert [hour.requests for hour in batch.hours] == [2, 1, 1]
    own._notes.add("key_9", address=None, client_id="api", refused=False)
    own._notes.put_back(batch)
    assert {use.key_id for use in own._notes.take().last} == {"key_9", "key_0", "key_1"}


def test_many_threads_lose_no_count(own: Recorder, house: "House", owned: tuple[ApiKey, str]) -> None:
    def note() -> None:
        for _ in range(200):
            own.note(owned[0].id, address=None, client_id="api")

    threads = [threading.Thread(target=note) for _ in range(8)]
    for thread in threads:
        thread.start()
    own.flush()
    for thread in threads:
        thread.join()
    own.flush()
    assert sum(hour.requests for hour in kept(house, owned[0].id)[1]) == 1600


def test_a_forked_process_writes_only_what_it_has_noted_itself(
    own: Recorder, house: "House", owned: tuple[ApiKey, str]
) -> None:
    own.note(owned[0].id, address=None, client_id="parent")
    child = os.fork()
    if child == 0:
        own.leave()
        own.note(owned[0].id, address=None, client_id="child")
        counts = [hour.requests for hour in own._notes.take().hours]
        os._exit(0 if counts == [1] else 1)
    assert os.waitpid(child, 0)[1] == 0
    own.leave()
    found, hours = kept(house, owned[0].id)
    assert (found.last_used_by, [hour.requests for hour in hours]) == ("parent", [1])


def test_the_end_of_a_process_writes_what_is_noted_and_is_not_stopped_by_a_failure(
    own: Recorder, house: "House", owned: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own.note(owned[0].id, address=None, client_id="api")
    with monkeypatch.context() as within_outage:
        within_outage.setattr(api_keys, "used", lambda *_, **__: 1 / 0)
        own.leave()
    assert kept(house, owned[0].id)[0].last_used_at is None
    own.leave()
    assert kept(house, owned[0].id)[0].last_used_at is not None


def test_a_key_that_is_gone_stops_nothing(own: Recorder, house: "House", owned: tuple[ApiKey, str]) -> None:
    own.note("key_gone", address=None, client_id="api")
    own.note(owned[0].id, address=None, client_id="api")
    assert own.flush()
    assert not own.flush()
    assert kept(house, owned[0].id)[0].last_used_at is not None


def test_AK10_an_address_of_any_length_spoils_no_flush(
    house: "House", http: FlaskClient, owned: tuple[ApiKey, str]
) -> None:
    """The zone of an IPv6 address may be any text, and PostgreSQL takes no more than the column has."""
    assert ask(http, make_resource_server(house), owned[1], ip="fe80::1%" + "z" * 500)["active"] is True
    house.server.usage.flush()
    assert (kept(house, owned[0].id)[0].last_used_from or "").startswith("fe80::1%zzz")
