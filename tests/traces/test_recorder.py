"""Traces: noted without a write, in the database within a second, bounded, and never in the way of a request."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError

from authserver.models import authorization_codes, batches, clients, traces
from authserver.models.traces import Trace
from authserver.oauth.server import AuthorizationServer
from authserver.traces import Cause, checks, notes
from authserver.traces.checks import Checks, passed, refused
from authserver.traces.recorder import KEPT, MOST_CHECKS, Recorder
from authserver.traces.redaction import LONGEST
from tests.factories import make_client, unique, within
from tests.relying_party import RelyingParty
from tests.rfc.conftest import Party, party_at
from tests.traces.conftest import TraceOf, explains

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def own(house: "House", monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A recorder without a thread: it is flushed by hand."""
    monkeypatch.setattr(Recorder, "_start", lambda self: None)
    return Recorder(house.database)


def ended(trace_id: str, *, client_id: str | None = None, error: str | None = None, proven: bool = False) -> Checks:
    """A request that is over."""
    noted = Checks(trace_id, "token")
    noted.client_id, noted.error, noted.proven = client_id, error, proven
    return noted


def kept(house: "House", client_id: str) -> list[Trace]:
    with within(house):
        return traces.of_client(client_id, limit=1000)


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


# -- how it gets there -------------------------------------------------------------------------------------------------


def test_a_trace_is_in_the_database_within_a_second_without_anybody_asking(rp: Party, house: "House") -> None:
    rp.token(grant_type="password")
    assert until(lambda: len(kept(house, rp.client.client_id)) == 1, seconds=5)
    assert batches.PERIOD < 1


def test_sixteen_requests_at_once_leave_sixteen_traces_and_one_winner(rp: Party, app: Flask, trace_of: TraceOf) -> None:
    code, verifier = rp.authorize().code, rp.verifier

    def redeem(_: int) -> Any:
        own = RelyingParty(app.test_client(), rp.client, rp.secret)
        sent = {"grant_type": "authorization_code", "redirect_uri": rp.client.redirect_uris[0]}
        return own.token(**sent, code=code, code_verifier=verifier)

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(redeem, range(16)))
    found = [trace_of(reply) for reply in replies]
    assert len({trace.id for trace in found}) == 16
    assert [trace.error for trace in found].count(None) == 1
    for trace in found:
        assert trace.user_id == rp.user.id
        if trace.error is not None:
            assert trace.cause in {"code_used", "grant_ended"}
            explains(trace, "invalid_grant", trace.cause, "First use" if trace.cause == "code_used" else "Grant")


def test_a_trace_survives_what_is_rolled_back(
    rp: Party, house: "House", trace_of: TraceOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = rp.authorize().code
    with monkeypatch.context() as within_outage:
        within_outage.setattr(authorization_codes, "consume", lambda _: 1 / 0)
        reply = rp.redeem(code=code)
    assert (reply.status_code, reply.error) == (500, "server_error")
    trace = trace_of(reply)
    assert (trace.error, trace.cause, trace.client_id) == ("server_error", None, rp.client.client_id)
    assert trace.checks["checks"][-1]["passed"] is False
    assert rp.redeem(code=code).status_code == 200  # nothing of the first was kept but its trace


def test_a_page_that_fails_leaves_its_trace_too(
    app: Flask, trace_of: TraceOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rp = party_at(app)
    monkeypatch.setattr(authorization_codes, "issue", lambda **_: 1 / 0)
    reply = rp.authorize().reply
    assert reply is not None
    assert reply.status_code == 500
    trace = trace_of(reply)
    assert (trace.endpoint, trace.client_id, trace.error) == ("authorize", rp.client.client_id, "server_error")


def test_a_failing_flush_neither_blocks_nor_fails_a_request_and_loses_nothing(
    rp: Party, house: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = threading.Event()

    def fails(_: Any) -> None:
        reached.set()
        time.sleep(1)
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    with monkeypatch.context() as within_outage:
        within_outage.setattr(traces, "add", fails)
        rp.token(grant_type="password")
        assert reached.wait(5)
        began = time.monotonic()
        for _ in range(5):
            assert rp.token(grant_type="password").status_code == 400
        assert time.monotonic() - began < 0.9
    assert until(lambda: len(kept(house, rp.client.client_id)) == 6, seconds=10)


def test_a_defect_in_a_trace_does_not_hold_up_those_that_follow(
    own: Recorder, house: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(house)[0]
    with monkeypatch.context() as defective:
        defective.setattr(traces, "add", lambda _: 1 / 0)
        own.note(ended(unique("t"), client_id=client.client_id))
        assert own.flush()
    own.note(ended(unique("t"), client_id=client.client_id))
    own.flush()
    assert len(kept(house, client.client_id)) == 1


def test_a_cause_that_cannot_be_looked_up_is_stored_without(own: Recorder, house: "House") -> None:
    client = make_client(house)[0]
    noted = ended(unique("t"), error="invalid_client")
    noted.cause = Cause("credentials_wrong", "Client authentication", client_id=client.client_id, later=lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    own.note(noted)
    own.flush()
    assert [trace.cause for trace in kept(house, client.client_id)] == ["credentials_wrong"]


def test_nobody_is_traced_under_a_name_that_is_no_application(own: Recorder) -> None:
    noted = ended(unique("t"), error="invalid_client")
    noted.cause = Cause("two_methods", "Client authentication", client_id="nobody")
    own.note(noted)
    found = own.find(noted.id)
    assert found is not None
    assert found.client_id is None


# -- bounds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "proven", "limit"),
    [(None, True, notes.SUCCESSES), ("invalid_grant", True, notes.REFUSALS), ("invalid_client", False, notes.UNPROVEN)],
)
def test_requests_of_an_application_are_bounded_by_the_minute(
    own: Recorder, house: "House", frozen: time_machine.Traveller, error: str | None, proven: bool, limit: int
) -> None:
    frozen.move_to(1795500000)
    first, second = make_client(house)[0].client_id, make_client(house)[0].client_id
    for client_id in [first] * (limit + 20) + [second]:
        own.note(ended(unique("t"), client_id=client_id, error=error, proven=proven))
    own.flush()
    assert (len(kept(house, first)), len(kept(house, second))) == (limit, 1)
    frozen.shift(60)
    own.note(ended(unique("t"), client_id=first, error=error, proven=proven))
    own.flush()
    assert len(kept(house, first)) == limit + 1


def test_strangers_cannot_fill_the_memory_by_naming_many_applications(
    own: Recorder, frozen: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "APART", 50)
    for number in range(1000):
        noted = ended(f"t{number}", error="invalid_client")
        noted.cause = Cause("credentials_wrong", "Client authentication", client_id=f"c{number}")
        own.note(noted)
    assert len(own._notes.take()) <= 50 + notes.UNPROVEN
    assert len(own._notes._budget._counts) <= 52


def test_what_waits_is_bounded_also_when_it_comes_back(own: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST", 3)
    for number in range(5):
        own.note(ended(f"w{number}", client_id=f"c{number}", proven=True))
    batch = own._notes.take()
    assert [noted.id for noted in batch] == ["w0", "w1", "w2"]
    own.note(ended("w9", client_id="c9", proven=True))
    own._notes.put_back(batch)
    assert [noted.id for noted in own._notes.take()] == ["w0", "w1", "w2"]


def test_texts_and_checks_are_bounded(own: Recorder) -> None:
    with Checks(unique("t"), "token") as noted:
        for number in range(100):
            passed(f"check {number}", "y" * 10_000)
        refused("invalid_request", "", Cause("parameter_missing", "Last", "z" * 10_000, "e" * 10_000, "r" * 10_000))
    own.note(noted)
    found = own.find(noted.id)
    assert found is not None
    assert len(found.checks["checks"]) == MOST_CHECKS
    assert found.checks["checks"][-1]["name"] == "Last"
    assert len(str(found)) < (LONGEST + 60) * (MOST_CHECKS + 3)


def test_outside_a_request_nothing_is_noted() -> None:
    passed("nothing")
    refused("nothing", "")
    assert checks.case_for_the_client() is None


def test_what_follows_on_the_same_thread_does_not_end_up_in_a_trace(app: Flask, server: AuthorizationServer) -> None:
    rp = party_at(app)
    reply = rp.authorize().redeem()
    before = server.traces.find(reply.headers["X-Request-Id"])
    app.test_client().get("/login")
    passed("later")
    assert server.traces.find(reply.headers["X-Request-Id"]) == before


# -- retention ---------------------------------------------------------------------------------------------------------


def test_traces_are_kept_for_seven_days(own: Recorder, house: "House", frozen: time_machine.Traveller) -> None:
    client = make_client(house)[0]
    for _ in range(2):
        own.note(ended(unique("t"), client_id=client.client_id))
        own.flush()
        frozen.shift(KEPT)
    with within(house):
        traces.purge(int(time.time()) - KEPT)
    assert [trace.at for trace in kept(house, client.client_id)] == [int(time.time()) - KEPT]
    with within(house):
        assert clients.find(client.client_id) is not None
