"""Sessions below HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask import Flask

from authserver.accounts import credentials, sessions
from authserver.accounts.sessions import SignedIn, Started
from authserver.models import sessions as stored
from authserver.models import users
from authserver.models.users import User
from tests.pages.people import commit, person, settings_of, visitor

NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def start(app: Flask, user: User) -> Started:
    return commit(app, lambda: sessions.start(settings_of(app), user=user, visitor=visitor()))


def resolve(app: Flask, secret: str) -> SignedIn | None:
    return commit(app, lambda: sessions.resolve(settings_of(app), secret))


def test_only_a_digest_is_kept(app: Flask) -> None:
    started = start(app, person(app))
    assert started.secret.startswith("ss_")
    assert started.secret not in str(started.session)
    assert len(started.secret) > 43  # 256 bits


def test_disabled_users_have_no_session_and_enabling_brings_none_back(app: Flask) -> None:
    ada = person(app)
    secret = start(app, ada).secret
    assert resolve(app, secret) is not None
    commit(app, lambda: users.change(ada.id, disabled_at=NOW))
    assert resolve(app, secret) is None
    commit(app, lambda: users.change(ada.id, disabled_at=None))
    commit(app, lambda: credentials.disable(ada, actor="cli"))
    commit(app, lambda: credentials.enable(ada, actor="cli"))
    assert resolve(app, secret) is None
    assert resolve(app, start(app, ada).secret) is not None


def test_not_before_of_the_user_ends_older_sessions(app: Flask) -> None:
    ada = person(app)
    secret = start(app, ada).secret
    commit(app, lambda: users.change(ada.id, not_before=NOW + 1))
    assert resolve(app, secret) is None


def test_activity_is_written_at_most_once_a_minute(app: Flask, clock: time_machine.Traveller) -> None:
    started = start(app, person(app))
    for seconds, seen in ((30, NOW), (59, NOW), (60, NOW + 60), (100, NOW + 60), (120, NOW + 120)):
        clock.move_to(NOW + seconds)
        found = resolve(app, started.secret)
        assert found is not None
        commit(app, lambda session=found.session: sessions.touch(settings_of(app), session))
        again = resolve(app, started.secret)
        assert again is not None
        assert again.session.last_seen_at == seen


def test_LG3_reauthentication_changes_the_secret_and_keeps_the_sid(app: Flask, clock: time_machine.Traveller) -> None:
    ada = person(app)
    started = start(app, ada)
    clock.shift(600)
    renewed = commit(
        app,
        lambda: sessions.reauthenticate(settings_of(app), SignedIn(ada, started.session), visitor=visitor()),
    )
    assert renewed is not None
    assert renewed.session.sid == started.session.sid
    assert resolve(app, started.secret) is None
    found = resolve(app, renewed.secret)
    assert found is not None
    assert found.session == renewed.session
    assert found.session.auth_time == NOW + 600


def test_LG3_reauthentication_at_once_has_one_winner(app: Flask) -> None:
    ada = person(app)
    signed_in = SignedIn(ada, start(app, ada).session)

    def again(_: int) -> Started | None:
        return commit(app, lambda: sessions.reauthenticate(settings_of(app), signed_in, visitor=visitor()))

    with ThreadPoolExecutor(8) as pool:
        winners = [renewed for renewed in pool.map(again, range(8)) if renewed is not None]
    assert len(winners) == 1


def test_an_ended_session_cannot_be_revived(app: Flask) -> None:
    ada = person(app)
    signed_in = SignedIn(ada, start(app, ada).session)
    commit(app, lambda: sessions.end(signed_in, visitor=visitor()))
    revived = commit(app, lambda: sessions.reauthenticate(settings_of(app), signed_in, visitor=visitor()))
    assert revived is None
    assert commit(app, lambda: stored.of_user(ada.id, idle_ttl=1800)) == []
