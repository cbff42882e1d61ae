"""`/admin/health` and the overview: the checks of `authserver doctor` in words, and what runs here."""

import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from authserver.health.checks import CHECKS
from authserver.models import outbox, signing_keys
from authserver.models.counters import CountersLost
from tests.cli.conftest import Cli
from tests.factories import PASSWORD
from tests.pages.admin.administrators import Administrator
from tests.pages.people import commit

PAGE = "/admin/health"
TOO_LONG = 20 * 60


def said(page: str) -> dict[str, bool]:
    """Whether each check on the page has passed."""
    found = re.findall(r'<b[^>]*>([^<]+)</b><span class="hide">: (passed|failed|not reached)</span>', page)
    return {name: result == "passed" for name, result in found}


def test_everything_is_in_order_here_and_for_the_doctor(alone: Administrator, own_cli: Cli) -> None:
    page = alone.get(PAGE).text
    assert len(said(page)) == len(CHECKS)
    assert all(said(page).values())
    assert "Everything is in order" in page
    done = own_cli(*alone.command(PAGE), "-o", "json")
    assert done.code == 0
    assert [row["check"] for row in done.json[1:]] == [check.name for check in CHECKS]
    for row in done.json[1:]:
        assert row["detail"] in page
    assert version("authserver") in page
    assert re.search(r"(SQLite|PostgreSQL) \d", page)
    assert re.search(r"\d (KB|MB)", page)
    assert "Everything is in order" in alone.get("/admin").text


def test_mail_in_the_log_is_said_to_administrators(alone: Administrator, app_with: Callable[..., Flask]) -> None:
    for page in (PAGE, "/admin"):
        assert "Mail goes to the log." in alone.get(page).text
    settings = alone.app.extensions["authserver"].settings
    other = Administrator(
        app_with(database_url=settings.database_url, data_dir=settings.data_dir, smtp_url="smtp://mail.example:25")
    )
    for page in (PAGE, "/admin"):
        assert "Mail goes to the log." not in other.get(page).text


def test_mail_that_nobody_takes_is_trouble_and_a_single_bad_address_is_none(
    alone: Administrator, app_with: Callable[..., Flask], frozen: time_machine.Traveller
) -> None:
    settings = alone.app.extensions["authserver"].settings
    app = app_with(database_url=settings.database_url, data_dir=settings.data_dir, smtp_url="smtp://mail.example:25")
    at = Administrator(app)
    commit(app, lambda: outbox.post(recipient="nobody@mail.example", subject="s", body="b"))
    assert said(at.get(PAGE).text)["Mail does not pile up"] is True
    frozen.shift(TOO_LONG)
    assert said(at.get(PAGE).text)["Mail does not pile up"] is False
    assert "1 waiting" in at.get(PAGE).text
    assert "Mail:" in at.get("/admin").text
    commit(app, lambda: outbox.post(recipient="somebody@mail.example", subject="s", body="b"))

    def deliver() -> None:
        (sent,) = [mail for mail in outbox.claim(lease=60) if mail.recipient.startswith("somebody")]
        outbox.sent(sent.id)

    commit(app, deliver)
    assert said(at.get(PAGE).text)["Mail does not pile up"] is True


def test_counters_that_are_lost_are_trouble(alone: Administrator, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = alone.app.extensions["authserver"].limiter

    def lost(*_: object, **__: object) -> None:
        raise CountersLost("gone")

    monkeypatch.setattr(limiter._counters, "look", lost)
    page = alone.get(PAGE).text
    assert said(page)["The counters of the rate limits answer"] is False
    assert "every process counts by itself" in page


def test_a_missing_signing_key_is_trouble(alone: Administrator) -> None:
    server = alone.app.extensions["authserver"]
    (kid,) = [row.kid for row, _ in commit(alone.app, server.keyring.states) if row.alg == "PS256"]
    commit(alone.app, lambda: signing_keys.retire(kid))
    page = alone.get(PAGE).text
    assert said(page)["Every algorithm has a key that signs"] is False
    assert "No current key for PS256" in page
    assert "Something needs attention" in alone.get("/admin").text


def test_a_master_key_that_others_can_read_is_trouble(alone: Administrator, keys_dir: Path) -> None:
    path = keys_dir / "master.key"
    path.chmod(0o644)
    try:
        assert said(alone.get(PAGE).text)["The master key is safe"] is False
    finally:
        path.chmod(0o600)


def test_the_only_administrator_is_told_so(alone: Administrator) -> None:
    assert "You are the only administrator." in alone.get("/admin").text
    Administrator(alone.app)
    assert "You are the only administrator." not in alone.get("/admin").text


def test_no_secret_of_the_settings_is_shown(alone: Administrator, app_with: Callable[..., Flask]) -> None:
    settings = alone.app.extensions["authserver"].settings
    url = "smtp://user:hunter2hunter2@mail.example:25"
    app = app_with(database_url=settings.database_url, data_dir=settings.data_dir, smtp_url=url)
    assert "hunter2" not in Administrator(app).get(PAGE).text
    assert PASSWORD not in alone.get(PAGE).text
