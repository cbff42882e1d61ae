"""The feed under many writers: whoever reads on from a cursor misses nothing, on both databases."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from authserver.models import grants, revocations
from authserver.models.database import Database
from authserver.models.grants import Grant
from authserver.models.unit_of_work import before_commit, unit_of_work
from authserver.oauth import feed

WRITERS, EACH = 8, 40


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path, app_with: Callable[..., Flask]) -> Database:
    url = f"sqlite:///{tmp_path / 'authserver.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
    found: Database = app_with(database_url=url, data_dir=tmp_path).extensions["authserver.house"].database
    return found


def test_a_reader_misses_nothing_of_many_that_commit_at_once(database: Database) -> None:
    """A sequence is not in the order of commits: between drawing an id and the commit anything may happen."""
    seen: list[str] = []
    done = threading.Event()

    def write(number: int) -> None:
        for step in range(EACH):
            with unit_of_work(database) as unit:
                revocations.note(revocations.GRANT, f"{number}-{step}")
                before_commit(lambda: time.sleep(random.random() / 200))
                unit.commit()

    def read() -> None:
        cursor = feed.Cursor(0, int(time.time()))
        while True:
            last = done.is_set()
            with unit_of_work(database):
                news = feed.after(cursor)
            cursor = news.cursor
            seen.extend(news.events.get("gid", []))
            if last and not news:
                return

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    reader.join(60)
    assert sorted(seen) == sorted(f"{number}-{step}" for number in range(WRITERS) for step in range(EACH))


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_what_a_person_is_given_at_the_last_moment_is_told_too(database: Database) -> None:
    """Between the note and its commit others commit: what is theirs is looked up when the note is read."""

    def give() -> None:
        with unit_of_work(database) as unit:
            now = int(time.time())
            standing = dict.fromkeys(Grant.__slots__)
            empty = {"scope": "", "audience": (), "amr": (), "details": {}}
            own = {"id": "late", "kind": "test", "client_id": "c", "user_id": "usr_late", "created_at": now}
            grants.open_(Grant(**{**standing, **empty, **own}))  # type: ignore[arg-type]
            unit.commit()

    def beside() -> None:
        thread = threading.Thread(target=give)
        thread.start()
        thread.join(20)

    with unit_of_work(database) as unit:
        revocations.note(revocations.USER, "usr_late")
        before_commit(beside)
        unit.commit()
    with unit_of_work(database):
        assert feed.after(feed.Cursor(0, int(time.time()))).events == {"gid": ["late"]}
