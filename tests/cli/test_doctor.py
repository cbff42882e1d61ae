"""`authserver doctor`."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.cli.conftest import Cli


def checks(done: Any) -> dict[str, bool]:
    return {row["check"]: row["ok"] for row in done.json}


def test_everything_is_in_order(own_cli: Cli) -> None:
    done = own_cli("doctor", "-o", "json")

    assert done.code == 0
    assert set(checks(done)) >= {"settings", "database", "schema", "signing keys", "clock", "master key"}
    assert all(checks(done).values())


def test_contract_exit_6_for_a_bad_setting(own_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHSERVER_WORKERS", "many")

    done = own_cli("doctor", "-o", "json")

    assert (done.code, checks(done)) == (6, {"settings": False})
    assert "AUTHSERVER_WORKERS" in done.json[0]["detail"]


def test_contract_exit_6_for_a_database_that_is_behind(empty_cli: Cli) -> None:
    done = empty_cli("doctor", "-o", "json")

    assert (done.code, checks(done)["schema"]) == (6, False)
    assert "signing keys" not in checks(done)


def test_FT14_another_master_key_is_found(own_cli: Cli, monkeypatch: pytest.MonkeyPatch, keys_dir: Path) -> None:
    # The process keeps the pepper of the suite: this environment is only for the doctor.
    monkeypatch.setattr("authserver.opaque.install", lambda pepper, version=1: None)
    monkeypatch.setenv("AUTHSERVER_MASTER_KEY", base64.b64encode(os.urandom(32)).decode())

    done = own_cli("doctor", "-o", "json")

    assert (done.code, checks(done)["signing keys"]) == (6, False)


def test_clock_that_fell_back_is_found(own_cli: Cli, frozen: time_machine.Traveller) -> None:
    own_cli("scopes", "add", "some:scope")
    frozen.shift(-3600)

    done = own_cli("doctor", "-o", "json")

    assert (done.code, checks(done)["clock"]) == (6, False)


def test_AD_master_key_that_others_can_read_is_found(own_cli: Cli, keys_dir: Path) -> None:
    path = keys_dir / "master.key"
    path.chmod(0o644)
    try:
        done = own_cli("doctor", "-o", "json")
    finally:
        path.chmod(0o600)

    assert (done.code, checks(done)["master key"]) == (6, False)
