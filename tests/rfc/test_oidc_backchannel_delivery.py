"""OpenID Connect Back-Channel Logout 1.0, section 2.8: an application is told until it has taken it, by one worker."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask

from authserver.fetch import Fetcher
from authserver.health.checks import CHECKS, LATE, Trouble
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth.errors import InvalidRequestError
from authserver.oauth.sealing import Sealer
from authserver.outbox import logouts
from tests.processes import running
from tests.relying_party import claims_of
from tests.rfc.conftest import party_at
from tests.rfc.logout import (
    Receiver,
    believed,
    by_hand_in,
    deliver,
    eventually,
    listener,
    receiving,
    sid_of,
    sign_out,
    telling,
    waiting,
)

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def receiver(tmp_path: Path, house: "House") -> Iterator[Receiver]:
    yield from receiving(tmp_path, house)


@pytest.fixture
def told(app_with: Callable[..., Flask], receiver: Receiver) -> Iterator[Flask]:
    yield from telling(app_with, receiver)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand_in(monkeypatch)


# -- until it was taken -----------------------------------------------------------------------------------------------


def test_s2_8_whoever_is_away_is_told_later_with_a_token_of_then(
    told: Flask, receiver: Receiver, by_hand: None
) -> None:
    with time_machine.travel(1_900_000_000, tick=False) as clock:
        rp = listener(told, receiver)
        receiver.down()
        sign_out(rp)
        assert deliver(told) == 1
        (row,) = waiting(told, rp.client.client_id)
        assert (row.attempts, row.due_at) == (1, 1_900_000_000 + logouts.BACKOFF[0])
        receiver.up()
        clock.shift(logouts.BACKOFF[0] - 1)
        assert deliver(told) == 0
        clock.shift(1)
        assert deliver(told) == 1
        assert waiting(told, rp.client.client_id) == []
        (token,) = receiver.tokens()
        assert believed(told, token, client_id=rp.client.client_id)["iat"] == 1_900_000_000 + logouts.BACKOFF[0]


@pytest.mark.parametrize("status", [400, 404, 500, 302])
def test_s2_8_a_refusal_is_tried_again_and_given_up_at_last(
    told: Flask, receiver: Receiver, by_hand: None, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers["/backchannel"] = status
    with time_machine.travel(1_900_000_000, tick=False) as clock:
        rp = listener(told, receiver)
        sign_out(rp)
        for pause in logouts.BACKOFF:
            assert deliver(told) == 1
            assert len(waiting(told, rp.client.client_id)) == 1
            clock.shift(pause)
        assert deliver(told) == 1
        assert waiting(told, rp.client.client_id) == []
    tokens = receiver.tokens()
    assert len(tokens) == len({claims_of(token)["jti"] for token in tokens}) == len(logouts.BACKOFF) + 1
    assert "is not told any more" in caplog.text
    assert tokens[0] not in caplog.text


def test_s2_8_204_is_taken_too(told: Flask, receiver: Receiver, by_hand: None) -> None:
    receiver.answers["/backchannel"] = 204
    rp = listener(told, receiver)
    sign_out(rp)
    deliver(told)
    assert waiting(told, rp.client.client_id) == []


def test_what_nobody_delivers_is_found_by_the_health_checks(told: Flask, receiver: Receiver, by_hand: None) -> None:
    check = next(check for check in CHECKS if check.name == "sign-outs")
    installation = told.extensions["authserver.house"]
    with time_machine.travel(1_900_000_000, tick=False) as clock:
        sign_out(listener(told, receiver))
        with unit_of_work(installation.database):
            assert check.look(installation) == "applications that are still to be told of a sign-out: 1"
            clock.shift(LATE + 1)
            with pytest.raises(Trouble):
                check.look(installation)
        assert deliver(told) == 1
        with unit_of_work(installation.database):
            assert check.look(installation).endswith(": 0")


def test_a_token_that_cannot_be_made_now_is_made_later(
    told: Flask, receiver: Receiver, by_hand: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's key for encryption is not to be had, for example."""
    rp = listener(told, receiver)
    sign_out(rp)
    with monkeypatch.context() as patch:
        patch.setattr(Sealer, "seal", keyless)
        assert deliver(told) == 1
    assert (len(waiting(told, rp.client.client_id)), receiver.requests) == (1, [])
    with time_machine.travel(int(time.time()) + logouts.BACKOFF[0] + 1, tick=False):
        assert deliver(told) == 1
    assert waiting(told, rp.client.client_id) == []


def keyless(*_: object, **__: object) -> str:
    raise InvalidRequestError("No key fits.")


def test_two_workers_never_tell_twice(told: Flask, receiver: Receiver, by_hand: None) -> None:
    for _ in range(5):
        sign_out(listener(told, receiver))
    workers = [threading.Thread(target=deliver, args=(told,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(receiver.tokens()) == 5
    assert len({claims_of(token)["sid"] for token in receiver.tokens()}) == 5


def test_a_worker_that_died_in_the_middle_is_succeeded_by_another(
    told: Flask, receiver: Receiver, by_hand: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row stays until it is delivered: what was claimed by the dead is claimed again when the lease is over."""
    with time_machine.travel(1_900_000_000, tick=False) as clock:
        rp = listener(told, receiver)
        sign_out(rp)
        with monkeypatch.context() as patch:
            patch.setattr(Fetcher, "post", killed)
            with pytest.raises(KeyboardInterrupt):
                deliver(told)
        assert deliver(told) == 0
        assert len(waiting(told, rp.client.client_id)) == 1
        clock.shift(logouts.LEASE)
        assert deliver(told) == 1
        assert (len(receiver.tokens()), waiting(told, rp.client.client_id)) == (1, [])


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_one_that_is_away_delays_nobody_else(
    told: Flask, receiver: Receiver, by_hand: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one failure its other rows of the batch are put off without trying."""
    absent = Receiver(tmp_path)
    absent.up()
    absent.down()
    rp = listener(told, absent)
    again = party_at(told, user=rp.user)
    again.client, again.secret = rp.client, rp.secret
    assert again.authorize(scope="openid").redeem().status_code == 200
    sign_out(rp)
    sign_out(again)
    sign_out(listener(told, receiver))
    tried: list[str] = []
    post = Fetcher.post
    monkeypatch.setattr(Fetcher, "post", lambda self, uri, fields: tried.append(uri) or post(self, uri, fields))  # type: ignore[func-returns-value]
    assert deliver(told) == 3
    assert sorted(tried) == sorted([absent.url(), receiver.url()])
    assert [one.attempts for one in waiting(told, rp.client.client_id)] == [1, 1]
    assert len(receiver.tokens()) == 1


def test_what_waits_is_delivered_by_the_next_process(
    tmp_path: Path,
    empty_database: str,
    app_with: Callable[..., Flask],
    receiver: Receiver,
    keys_dir: Path,
    by_hand: None,
) -> None:
    app = app_with(database_url=empty_database, data_dir=tmp_path)
    rp = listener(app, receiver)
    sid = sid_of(rp)
    sign_out(rp)
    allow = {name.upper(): str(value) for name, value in receiver.settings().items()}
    env = {f"AUTHSERVER_{name}": value for name, value in allow.items()}
    with running(tmp_path / "server", database=empty_database, keys_dir=keys_dir, env=env):
        assert eventually(receiver.tokens)
    assert [claims_of(token)["sid"] for token in receiver.tokens()] == [sid]
