"""Signing keys and the master key (decision 7; cases FT7, JW11)."""

import base64
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.keyring import keyring as keyring_module
from authserver.keyring import master
from authserver.keyring.keyring import Keyring
from authserver.keyring.master import MasterKey, WrongMasterKey
from authserver.models import signing_keys
from authserver.models.database import Database
from authserver.models.unit_of_work import unit_of_work
from authserver.settings import ASYMMETRIC_ALGORITHMS, Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    AppWith = Callable[..., Flask]

WAIT = 3600
KEY = MasterKey(b"m" * 32)


@pytest.fixture
def database(app_with: "AppWith", empty_database: str) -> Database:
    """A database with its schema and no key of ours."""
    database: Database = app_with(database_url=empty_database).extensions["authserver.house"].database
    with unit_of_work(database) as unit:
        unit.write().execute(signing_keys.signing_keys.delete())
        unit.commit()
    return database


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(KEY, wait=WAIT)


def _states(keyring: Keyring, alg: str) -> list[str]:
    return [state for row, state in keyring.states() if row.alg == alg]


# -- life of a key -----------------------------------------------------------------------------------------------------


def test_first_key_of_every_algorithm_signs_at_once(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database):
        keyring.ensure(ASYMMETRIC_ALGORITHMS)
        keyring.ensure(ASYMMETRIC_ALGORITHMS)  # makes nothing more
        assert len(keyring.published()) == len(ASYMMETRIC_ALGORITHMS)
        for alg in ASYMMETRIC_ALGORITHMS:
            token = keyring.sign({"a": 1}, alg=alg, typ="x")
            assert keyring.verify(token, typ="x") == {"a": 1}
            assert keyring.verify(token, typ="y") is None
            assert _states(keyring, alg) == ["current"]


def test_JW11_key_is_next_then_current_then_previous_then_gone(
    database: Database, keyring: Keyring, frozen: time_machine.Traveller
) -> None:
    with unit_of_work(database):
        keyring.ensure(("EdDSA",))
        old = keyring.sign({"a": 1}, alg="EdDSA", typ="x")
        assert keyring.rotate("EdDSA")
        assert _states(keyring, "EdDSA") == ["current", "next"]
        assert len(keyring.published()) == 2
        frozen.shift(WAIT - 1)
        assert _states(keyring, "EdDSA") == ["current", "next"]
        frozen.shift(1)
        assert _states(keyring, "EdDSA") == ["previous", "current"]
        assert keyring.verify(old, typ="x") == {"a": 1}
        frozen.shift(keyring_module.LONGEST_LIFE)
        assert len(keyring.published()) == 2
        frozen.shift(1)
        assert len(keyring.published()) == 1
        assert keyring.verify(old, typ="x") is None


def test_rotation_at_once_is_at_once(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database):
        keyring.ensure(("EdDSA",))
        keyring.rotate("EdDSA", now=True)
        assert _states(keyring, "EdDSA") == ["previous", "current"]


def test_retired_current_key_is_followed_by_the_one_that_waits(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database):
        keyring.ensure(("EdDSA",))
        [first] = [row.kid for row, _ in keyring.states()]
        old = keyring.sign({"a": 1}, alg="EdDSA", typ="x")
        waiting = keyring.rotate("EdDSA")
        assert keyring.retire(first)
        assert not keyring.retire(first)
        assert _states(keyring, "EdDSA") == ["retired", "current"]
        assert keyring.verify(old, typ="x") is None
        token = keyring.sign({"a": 2}, alg="EdDSA", typ="x")
        assert json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"] == waiting
        assert keyring.verify(token, typ="x") == {"a": 2}


def test_retired_only_key_is_followed_by_a_new_one(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database):
        keyring.ensure(("EdDSA",))
        [first] = [row.kid for row, _ in keyring.states()]
        assert keyring.retire(first)
        token = keyring.sign({"a": 1}, alg="EdDSA", typ="x")
        assert keyring.verify(token, typ="x") == {"a": 1}
        assert _states(keyring, "EdDSA") == ["retired", "current"]
        assert [row.generation for row, _ in keyring.states()] == [1, 2]


def test_retire_unknown(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database):
        assert not keyring.retire("k_unknown")


# -- FT7 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False], ids=["ensure", "rotate"])
def test_FT7_two_at_once_make_one_key(database: Database, monkeypatch: pytest.MonkeyPatch, first: bool) -> None:
    both = threading.Barrier(2)
    made: list[str | None] = []
    generate = keyring_module._generate

    def together(alg: str) -> Any:
        both.wait(10)  # both have read, none has written
        return generate(alg)

    def act() -> None:
        keyring = Keyring(KEY, wait=WAIT)
        with unit_of_work(database) as unit:
            made.append(keyring.ensure(("EdDSA",)) if first else keyring.rotate("EdDSA"))
            unit.commit()

    if not first:
        with unit_of_work(database) as unit:
            Keyring(KEY, wait=WAIT).ensure(("EdDSA",))
            unit.commit()
    monkeypatch.setattr(keyring_module, "_generate", together)
    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 2
    with unit_of_work(database):
        kids = [row.kid for row in signing_keys.every()]
    assert len(kids) == (1 if first else 2)
    if not first:
        assert sorted(made, key=str) == sorted([None, kids[-1]], key=str)


# -- at rest -----------------------------------------------------------------------------------------------------------


def test_private_keys_are_encrypted_at_rest_under_their_own_kid(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database):
        keyring.ensure(ASYMMETRIC_ALGORITHMS)
        rows = signing_keys.every()
    for row in rows:
        clear = KEY.decrypt(row.private_jwk, label=row.kid)
        private = json.loads(clear)
        assert private["d"]
        assert "d" not in row.public_jwk
        for secret in (private["d"], private.get("p", private["d"])):
            assert secret.encode() not in row.private_jwk
            assert base64.urlsafe_b64decode(secret + "==") not in row.private_jwk
        with pytest.raises(WrongMasterKey):
            KEY.decrypt(row.private_jwk, label="another kid")


def test_wrong_master_key_fails_clearly(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database) as unit:
        keyring.ensure(("EdDSA",))
        unit.commit()
    stranger = Keyring(MasterKey(b"x" * 32), wait=WAIT)
    with unit_of_work(database), pytest.raises(WrongMasterKey, match="master key"):
        stranger.sign({"a": 1}, alg="EdDSA", typ="x")
    with unit_of_work(database), pytest.raises(WrongMasterKey, match="AUTHSERVER_MASTER_KEY"):
        stranger.ensure(("EdDSA",))  # so that the server does not start


def test_same_clear_text_is_sealed_differently_each_time() -> None:
    one, other = (KEY.encrypt(b"clear", label="a") for _ in range(2))
    assert one != other
    assert KEY.decrypt(one, label="a") == KEY.decrypt(other, label="a") == b"clear"


@pytest.mark.parametrize("at", [0, 1, 12, 13, -1])
def test_sealed_bytes_cannot_be_changed(at: int) -> None:
    sealed = bytearray(KEY.encrypt(b"clear", label="a"))
    sealed[at] ^= 1
    with pytest.raises(WrongMasterKey):
        KEY.decrypt(bytes(sealed), label="a")


# -- the master key ----------------------------------------------------------------------------------------------------


def test_master_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(keys_dir=tmp_path / "keys")
    first, second = master.load(settings), master.load(settings)
    path = tmp_path / "keys" / "master.key"
    assert first == second
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]
    assert len(first.secret) == 32


def test_master_key_made_by_many_threads_at_once_is_one(tmp_path: Path) -> None:
    settings, found = Settings(keys_dir=tmp_path), list[MasterKey]()
    start = threading.Barrier(8)

    def load() -> None:
        start.wait(10)
        found.append(master.load(settings))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len({key.secret for key in found}) == 1


def test_master_key_from_the_environment_needs_no_file(tmp_path: Path) -> None:
    text = base64.b64encode(b"k" * 32).decode()
    key = master.load(Settings(keys_dir=tmp_path / "none", master_key=text))  # type: ignore[arg-type]
    assert key.secret == b"k" * 32
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "text", ["", "x", "é", base64.b64encode(b"k" * 31).decode(), base64.b64encode(b"k" * 33).decode()]
)
def test_malformed_master_key_stops_the_start_and_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "master.key").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"master\.key"):
        master.load(Settings(keys_dir=tmp_path))
    if text:
        with pytest.raises(SettingsError, match="AUTHSERVER_MASTER_KEY"):
            master.load(Settings(keys_dir=tmp_path, master_key=text))  # type: ignore[arg-type]


def test_derived_keys_differ_by_purpose_and_version_and_hide_the_secret() -> None:
    derived = {KEY.derive("pepper"), KEY.derive("secret-key"), KEY.derive("pepper", 2), KEY.secret}
    assert len(derived) == 4
    assert KEY.derive("pepper") == KEY.derive("pepper", 1)
    assert "m" * 32 not in repr(KEY)


# -- verification ------------------------------------------------------------------------------------------------------


def test_remembered_verdict_dies_with_its_key(
    database: Database, keyring: Keyring, frozen: time_machine.Traveller
) -> None:
    with unit_of_work(database):
        keyring.ensure(("EdDSA",))
        token = keyring.sign({"a": 1}, alg="EdDSA", typ="x")
        assert keyring.verify(token, typ="x")
        assert keyring.verify(token, typ="x")
        keyring.retire(keyring.states()[0][0].kid)
        assert keyring.verify(token, typ="x") is None


def test_verdicts_do_not_grow_without_end(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring_module, "REMEMBERED", 5)
    with unit_of_work(database):
        keyring.ensure(("EdDSA",))
        for number in range(20):
            token = keyring.sign({"a": number}, alg="EdDSA", typ="x")
            assert keyring.verify(token, typ="x") == {"a": number}
            assert len(keyring._verdicts) <= 5


def test_caller_cannot_change_what_is_remembered(database: Database, keyring: Keyring) -> None:
    with unit_of_work(database):
        keyring.ensure(("EdDSA",))
        token = keyring.sign({"a": 1, "aud": ["x"]}, alg="EdDSA", typ="x")
        claims = keyring.verify(token, typ="x")
        assert claims is not None
        claims["a"] = 2
        assert keyring.verify(token, typ="x") == {"a": 1, "aud": ["x"]}
